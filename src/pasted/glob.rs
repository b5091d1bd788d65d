//! What `curl` makes of braces and brackets in an address: one line, several addresses.

/// More than so many are not asked for.
const MOST: usize = 1000;

/// All addresses that a pattern stands for. `[]` is no pattern.
pub fn expand(url: &str) -> Result<Vec<String>, String> {
    let letters: Vec<char> = url.chars().collect();
    let mut all = vec![String::new()];
    let mut at = 0;
    while at < letters.len() {
        let choices = match letters[at] {
            '\\' if letters.get(at + 1).is_some_and(|next| "{}[]".contains(*next)) => {
                at += 2;
                vec![letters[at - 1].to_string()]
            }
            '[' if letters.get(at + 1) == Some(&']') => {
                at += 2;
                vec!["[]".to_owned()]
            }
            '[' if is_address_of_host(&letters[at..]) => {
                let end = letters[at..].iter().position(|letter| *letter == ']').unwrap_or_default();
                at += end + 1;
                vec![letters[at - end - 1..at].iter().collect()]
            }
            '[' => {
                let end = letters[at..].iter().position(|letter| *letter == ']').ok_or_else(|| refused(url, "[ is not closed"))?;
                let inside: String = letters[at + 1..at + end].iter().collect();
                at += end + 1;
                range(&inside).ok_or_else(|| refused(url, &format!("[{inside}] is no range")))?
            }
            '{' => {
                let end = letters[at..].iter().position(|letter| *letter == '}').ok_or_else(|| refused(url, "{ is not closed"))?;
                let inside: String = letters[at + 1..at + end].iter().collect();
                if inside.contains(['{', '[']) {
                    return Err(refused(url, "{ stands within another"));
                }
                at += end + 1;
                inside.split(',').map(str::to_owned).collect()
            }
            letter @ (']' | '}') => return Err(refused(url, &format!("{letter} was not opened"))),
            letter => {
                at += 1;
                vec![letter.to_string()]
            }
        };
        if all.len() * choices.len() > MOST {
            return Err(refused(url, &format!("it stands for more than {MOST} addresses")));
        }
        all = all.iter().flat_map(|before| choices.iter().map(move |choice| format!("{before}{choice}"))).collect();
    }
    Ok(all)
}

fn refused(url: &str, why: &str) -> String {
    format!(
        "curl takes braces and brackets in {:?} for a pattern, and {why}: give -g, or write %5B, %5D, %7B and %7D",
        super::variables::with_names(url)
    )
}

/// `[::1]`.
fn is_address_of_host(letters: &[char]) -> bool {
    let inside: String = letters[1..].iter().take_while(|letter| **letter != ']').collect();
    inside.contains(':')
        && inside.chars().all(|letter| letter.is_ascii_hexdigit() || matches!(letter, ':' | '.' | '%'))
        && inside.matches(':').count() > 1
}

/// `1-3`, `001-100`, `a-z`, each with `:STEP`.
fn range(inside: &str) -> Option<Vec<String>> {
    let (ends, step) = inside.split_once(':').unwrap_or((inside, "1"));
    let step: usize = step.parse().ok().filter(|step| *step > 0)?;
    let (first, last) = ends.split_once('-')?;
    if let (Ok(low), Ok(high)) = (first.parse::<u64>(), last.parse::<u64>()) {
        let width = if first.starts_with('0') { first.len() } else { 0 };
        return (low <= high && high - low < MOST as u64 * step as u64)
            .then(|| (low..=high).step_by(step).map(|number| format!("{number:0width$}")).collect());
    }
    let letter = |text: &str| text.chars().next().filter(|letter| text.len() == 1 && letter.is_ascii_alphabetic());
    let (low, high) = (letter(first)?, letter(last)?);
    (low <= high && low.is_ascii_lowercase() == high.is_ascii_lowercase()).then(|| (low..=high).step_by(step).map(String::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_what_curl_asks_for() {
        let texts = |url: &str| expand(url).expect("a pattern");
        assert_eq!(texts("x?a[]=1&b={c}"), ["x?a[]=1&b=c"]);
        assert_eq!(texts("x{a,b}[1-2]"), ["xa1", "xa2", "xb1", "xb2"]);
        assert_eq!(texts("[a-e:2]"), ["a", "c", "e"]);
        assert_eq!(texts("[08-10]"), ["08", "09", "10"]);
        assert_eq!(texts("\\{a\\}http://[::1]/"), ["{a}http://[::1]/"]);
        for wrong in ["x{", "x[b", "x]", "x}", "f[x]=1", "a[0]", "[1-9999]"] {
            assert!(expand(wrong).is_err(), "{wrong}");
        }
    }
}
