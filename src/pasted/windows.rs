//! Commands for the command prompt of Windows: carets first, then the words as programs there take them.

use super::address::may_be_request;
use super::program::{is_program, without_prompt};
use super::shell::{Command, Piece};

/// Whether the text is for the command prompt of Windows.
pub fn is_of_windows(text: &str) -> bool {
    // PowerShell knows other quotes, and its prompt says that it is one.
    if text.trim_start().starts_with("PS ") {
        return false;
    }
    let first = text.split_whitespace().map(|word| word.trim_matches('"')).find(|word| is_program(word)).unwrap_or_default();
    text.contains("^\n")
        || text.contains("^\r\n")
        || text.contains("^\"")
        || (first.contains(".exe") && !text.contains('\'') && !text.contains("`\n"))
}

/// The commands of a text for the command prompt of Windows: carets first, then the words as programs there take them.
pub fn of_windows(text: &str) -> Result<Vec<Piece>, String> {
    let mut all = Vec::new();
    let plain: Vec<&str> = text.lines().map(without_prompt).collect();
    let text = plain.join("\n");
    let mut letters = text.chars().peekable();
    let (mut line, mut begun) = (1, 1);
    let (mut plain, mut quoted, mut notes) = (String::new(), false, Vec::new());
    loop {
        let letter = letters.next();
        line += usize::from(letter == Some('\n'));
        match letter {
            Some('^') if !quoted => match letters.next() {
                Some('\r') => {
                    line += usize::from(letters.next() == Some('\n'));
                }
                Some('\n') => line += 1,
                Some(letter) => plain.push(letter),
                None => {}
            },
            Some('"') => {
                quoted = !quoted;
                plain.push('"');
            }
            Some(operator @ ('&' | '|' | '<' | '>')) if !quoted => {
                let mut rest = operator.to_string();
                while let Some(letter) = letters.next_if(|letter| *letter != '\n') {
                    rest.push(letter);
                }
                notes.push(match operator {
                    '&' => {
                        format!("an unquoted & ends the command, as at any prompt: lost is {:?}; put the address into quotes", rest.trim())
                    }
                    _ => format!("cut off: {}", rest.trim()),
                });
            }
            Some('\n') | None => {
                let words = words_of_windows(without_prompt(plain.trim())).map_err(|why| format!("line {begun}: {why}"))?;
                if words.first().is_some_and(|word| is_program(word)) {
                    all.push(Piece::Command(Command { words, line: begun, notes: std::mem::take(&mut notes), has_input: false }));
                } else if may_be_request(&plain) || notes.iter().any(|note| may_be_request(note)) {
                    let last = line - usize::from(letter.is_some());
                    let text: Vec<&str> = text.lines().skip(begun - 1).take(last + 1 - begun).collect();
                    all.push(Piece::Other { line: begun, text: text.join("\n") });
                }
                (plain, quoted, begun) = (String::new(), false, line);
                notes.clear();
                if letter.is_none() {
                    return Ok(all);
                }
            }
            Some(letter) => plain.push(letter),
        }
    }
}

/// Words as programs of Windows take them: a backslash counts before a quote only, two quotes within quotes are one.
fn words_of_windows(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut quoted, mut letters) = (false, line.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let mut count = 1;
                while letters.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let word = word.get_or_insert_default();
                if letters.peek() == Some(&'"') {
                    word.extend(std::iter::repeat_n('\\', count / 2));
                    if count % 2 == 1 {
                        letters.next();
                        word.push('"');
                    }
                } else {
                    word.extend(std::iter::repeat_n('\\', count));
                }
            }
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                word.get_or_insert_default().push('"');
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' | '\r' if !quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    if quoted {
        return Err("a quote \" is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}
