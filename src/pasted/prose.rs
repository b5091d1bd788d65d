//! What a page, an editor or a forum makes of a request: fences, quotes around it, letters exchanged for prettier ones.

use super::exact::ExactRequest;

/// What may stand around a whole line.
const AROUND: [(char, char); 9] =
    [('`', '`'), ('"', '"'), ('\'', '\''), ('<', '>'), ('(', ')'), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»')];

/// Letters that stand for plain ones.
const PRETTY: [(&str, &str); 3] = [("“”„‟«»", "\""), ("‘’‚‛", "'"), ("–—−‐‑", "-")];

/// What ends a sentence, and hardly ever an address.
const ENDS: [char; 8] = ['.', ',', ';', ':', '!', ')', '…', '*'];

/// A text without fences around it, each in its line, and without what stands around it as a whole.
pub fn unwrapped(text: &str) -> String {
    let is_fence = |line: &str| {
        let rest = line.trim().strip_prefix("```").or_else(|| line.trim().strip_prefix("~~~"));
        rest.is_some_and(|rest| rest.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-'))
    };
    if text.lines().any(is_fence) {
        return text.lines().map(|line| if is_fence(line) { "" } else { line }).collect::<Vec<_>>().join("\n");
    }
    line_unwrapped(text).to_owned()
}

/// A line without what stands around it.
pub fn line_unwrapped(line: &str) -> &str {
    let inner = line.trim();
    let found = AROUND.iter().find_map(|(open, close)| inner.strip_prefix(*open)?.strip_suffix(*close).map(|inner| (inner, *open, *close)));
    match found {
        // A tag with attributes is no address in angle brackets.
        Some((inner, '<', _)) if inner.contains(char::is_whitespace) => line,
        Some((inner, open, close)) if !inner.contains([open, close, '\n']) => inner,
        _ => line,
    }
}

/// Refuses a word that begins with a letter in place of a quote or a dash: a shell takes it for itself, and nobody meant that.
pub fn refuse_pretty(words: &[String]) -> Result<(), String> {
    for word in words {
        let first = word.chars().next().unwrap_or_default();
        if let Some((_, plain)) = PRETTY.iter().find(|(letters, _)| letters.contains(first)) {
            return Err(format!("{word:?} begins with {first:?}, which some page or editor has put in place of {plain}: write it plainly"));
        }
    }
    Ok(())
}

/// What is sent as it stands, and may not be meant.
pub fn doubts(request: &ExactRequest, is_bare: bool) -> Vec<String> {
    let query = request.query.as_deref().unwrap_or_default();
    let mut all = Vec::new();
    if query.contains("&amp;") || (request.form().is_some() && request.body_text().contains("&amp;")) {
        all.push("&amp; is sent as it stands: a page's source writes it for &, so write & where that is meant".to_owned());
    }
    if let Some(last) = query.chars().last().filter(|last| is_bare && ENDS.contains(last)) {
        all.push(format!("{last:?} at its end is sent too: leave it out where it ends a sentence"));
    }
    all
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("```bash\n$ curl a\n```", "\n$ curl a\n")]
    #[case("`curl 'a'`", "curl 'a'")]
    #[case("<http://m.example/?a>", "http://m.example/?a")]
    #[case("<img src='http://m.example/?a'/>", "<img src='http://m.example/?a'/>")]
    #[case("“http://m.example/?a”", "http://m.example/?a")]
    #[case("http://m.example/?a='", "http://m.example/?a='")]
    #[case("\"C:\\curl.exe\" \"x\"", "\"C:\\curl.exe\" \"x\"")]
    #[case("curl `\n -d 'a'", "curl `\n -d 'a'")]
    fn only_what_stands_around_the_whole_goes(#[case] text: &str, #[case] plain: &str) {
        assert_eq!(unwrapped(text), plain);
    }
}
