"""What helps while writing: drafts, preview, images, tags suggested."""
