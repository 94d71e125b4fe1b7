"""What all views share: signing in, headers, errors, languages, Markdown, times, paging."""
