//! Which program a line calls, behind a prompt and assignments.

/// Whether a word is one of the programs that are read.
pub fn is_program(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    ["curl", "wget", "http", "https", "xh", "xhs"].contains(&name) && !word.contains("://")
}

/// Whether a text reads like commands: the first word of a line, behind prompt and assignments, is one of the programs.
pub fn looks_like_commands(text: &str) -> bool {
    text.lines().any(|line| {
        let line = without_prompt(line);
        let mut words = line.split_whitespace().skip_while(|word| is_assignment(word) || *word == "export");
        words.any(|word| is_program(word.trim_end_matches(';').trim_matches('"')))
    })
}

/// Words in front of a program that change nothing of what it sends.
const IN_FRONT: [&str; 14] = ["sudo", "time", "exec", "nohup", "command", "then", "do", "else", "if", "while", "until", "!", "{", "&"];

/// How many words stand in front of the command itself, or of what is assigned for it.
pub fn in_front(words: &[String]) -> usize {
    let count = words.iter().take_while(|word| IN_FRONT.contains(&word.as_str())).count();
    if words.get(count).is_some_and(|word| is_program(word) || is_assignment(word)) { count } else { 0 }
}

/// A request that another program makes, or passes on: the words in front of it, and the program.
pub fn behind_another(words: &[String]) -> Option<(String, &str)> {
    let at = words.iter().position(|word| is_program(word)).filter(|at| *at > 0)?;
    let asks = words[at + 1..].iter().any(|word| super::is_address(word));
    asks.then(|| (words[..at].join(" "), words[at].as_str()))
}

/// A line without the prompt in front of it.
pub fn without_prompt(line: &str) -> &str {
    let line = line.trim_start();
    // `C:\Users>curl`
    if let Some((before, rest)) = line.split_once('>')
        && before.get(1..3) == Some(":\\")
        && !before.contains(['"', '\''])
        && is_program(rest.split_whitespace().next().unwrap_or_default())
    {
        return rest.trim_start();
    }
    for mark in ["$ ", "# ", "% ", "> ", "❯ ", "➜ "] {
        if let Some((before, rest)) = line.split_once(mark)
            && (before.is_empty() || before.contains(['@', ':', '~', '\\']) && !before.contains(['\'', '"']))
        {
            let first = rest.split_whitespace().next().unwrap_or_default();
            if is_program(first) || is_assignment(first) || first == "export" {
                return rest.trim_start();
            }
        }
    }
    line
}

/// `NAME=VALUE`.
pub fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| is_name(name))
}

/// Whether a shell takes it for the name of a variable.
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|letter: char| letter.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
