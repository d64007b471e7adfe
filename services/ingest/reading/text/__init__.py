"""From bytes to lines and paragraphs: encodings, wrong glyphs, marks of formats, words that noise spoilt."""
