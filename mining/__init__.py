"""Mining: reads every verbatim and computes mentions, topics, signals, profiles and the report."""
