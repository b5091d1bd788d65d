//! The words of a command as a shell makes them. The crates that split words know neither `$'…'` nor variables, and do not tell a quoted `&` from
//! one that ends the command: what a shell would cut off is here cut off, and said.

use std::collections::BTreeMap;

/// Stands before and after the name of a variable of which nothing is known.
const UNSET: [char; 2] = ['\u{10fffe}', '\u{10ffff}'];

/// A command that may be a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words, the program first.
    pub words: Vec<String>,
    /// Line on which it begins, from 1.
    pub line: usize,
    /// What was cut off, in words.
    pub notes: Vec<String>,
    /// Whether it reads from somewhere else than its words.
    pub has_input: bool,
}

/// What is known of variables.
pub struct Variables<'a> {
    /// What was said of them.
    pub given: &'a BTreeMap<String, String>,
    /// Names that stand for secrets of the target and stay as they are.
    pub is_placeholder: &'a dyn Fn(&str) -> bool,
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Variables<'_> {
    fn value(&self, name: &str, own: &BTreeMap<String, String>) -> String {
        if let Some(value) = self.given.get(name) {
            return value.clone();
        }
        if let Some(value) = own.get(name) {
            return value.clone();
        }
        if (self.is_placeholder)(name) {
            return format!("${name}");
        }
        (self.environment)(name).unwrap_or_else(|| format!("{}{name}{}", UNSET[0], UNSET[1]))
    }
}

/// The name of a variable without a value in a word, where there is one.
pub fn unset_variable(word: &str) -> Option<&str> {
    let (_, rest) = word.split_once(UNSET[0])?;
    rest.split_once(UNSET[1]).map(|(name, _)| name)
}

/// The same word with the names of such variables as they were written.
pub fn with_names(word: &str) -> String {
    word.replace(UNSET[0], "$").replace(UNSET[1], "")
}

/// Whether the word begins with such a variable: its name, and what follows.
pub fn leading_variable(word: &str) -> Option<(&str, &str)> {
    word.strip_prefix(UNSET[0])?.split_once(UNSET[1])
}

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
        words.any(|word| is_program(word.trim_end_matches(';')))
    })
}

/// All commands of a text that are requests. Whatever else stands there is left alone.
pub fn commands(text: &str, variables: &Variables<'_>) -> Result<Vec<Command>, String> {
    if is_of_windows(text) {
        return of_windows(text);
    }
    Reader { letters: text.chars().collect(), at: 0, line: 1, own: BTreeMap::new(), variables }.all()
}

/// A line without the prompt in front of it.
fn without_prompt(line: &str) -> &str {
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

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|letter: char| letter.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

struct Reader<'a> {
    letters: Vec<char>,
    at: usize,
    line: usize,
    own: BTreeMap<String, String>,
    variables: &'a Variables<'a>,
}

/// What ends a word.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Operator(String),
    End,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn wrong(&self, what: &str) -> String {
        format!("line {}: {what}", self.line)
    }

    fn all(mut self) -> Result<Vec<Command>, String> {
        let mut all = Vec::new();
        while self.at < self.letters.len() {
            self.skip_prompt();
            all.extend(self.logical_line()?);
        }
        Ok(all)
    }

    fn skip_prompt(&mut self) {
        let rest: String = self.letters[self.at..].iter().take_while(|letter| **letter != '\n').collect();
        let kept = without_prompt(&rest);
        self.at += rest.chars().count() - kept.chars().count();
    }

    /// One line with its continuations: the first request in it, the rest cut off.
    fn logical_line(&mut self) -> Result<Option<Command>, String> {
        let mut found: Option<Command> = None;
        let mut command = Command { line: self.line, ..Command::default() };
        loop {
            let begun = self.at;
            match self.token()? {
                Token::Word(word) => command.words.push(word),
                Token::Operator(operator) if operator.starts_with('>') || operator.contains("&>") || operator.starts_with('<') => {
                    command.has_input |= operator.starts_with('<');
                    let file = if operator.ends_with("&1") || operator.ends_with("&2") { Token::End } else { self.token()? };
                    let name = if let Token::Word(name) = &file { format!(" {}", with_names(name)) } else { String::new() };
                    // A number in front of it is that of a file, not a word.
                    command.notes.push(format!("cut off: {operator}{name}"));
                }
                token @ (Token::Operator(_) | Token::End) => {
                    self.assign(&mut command.words);
                    let is_request = command.words.first().is_some_and(|word| is_program(word));
                    if is_request {
                        let rest =
                            if token == Token::End || token == Token::Operator("\n".to_owned()) { None } else { self.rest_of_line(begun) };
                        if let (Token::Operator(operator), Some(rest)) = (&token, rest) {
                            command.notes.push(match operator.as_str() {
                                "&" => format!(
                                    "an unquoted & ends the command, as in any shell: lost is {rest:?}; put the address into quotes"
                                ),
                                _ => format!("cut off: {rest}"),
                            });
                        }
                        found = Some(std::mem::take(&mut command));
                    }
                    if found.is_some() || token == Token::End || token == Token::Operator("\n".to_owned()) {
                        return Ok(found);
                    }
                    command = Command { line: self.line, ..Command::default() };
                }
            }
        }
    }

    /// Takes assignments in front of a command: those alone on their own stay, those of one command are not seen by its own words.
    fn assign(&mut self, words: &mut Vec<String>) {
        if words.first().is_some_and(|word| word == "export") {
            words.remove(0);
        }
        let count = words.iter().take_while(|word| is_assignment(word)).count();
        let alone = count == words.len();
        for word in words.drain(..count) {
            if let Some((name, value)) = word.split_once('=')
                && alone
            {
                self.own.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// What is left of the line from an operator on; the reader stands behind it.
    fn rest_of_line(&mut self, from: usize) -> Option<String> {
        let mut text: String = self.letters[from..self.at].iter().collect();
        while let Some(letter) = self.next() {
            if letter == '\n' && !text.ends_with('\\') {
                break;
            }
            text.push(letter);
        }
        Some(text.trim().to_owned()).filter(|text| !text.trim_end_matches([';', '&']).is_empty())
    }

    fn token(&mut self) -> Result<Token, String> {
        while let Some(letter) = self.peek(0) {
            match letter {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' | '`' if self.continues() => self.skip_continuation(),
                _ => break,
            }
        }
        let Some(letter) = self.peek(0) else { return Ok(Token::End) };
        match letter {
            '#' => {
                while self.peek(0).is_some_and(|letter| letter != '\n') {
                    self.at += 1;
                }
                self.token()
            }
            '\n' | ';' | '(' | ')' => {
                self.next();
                Ok(Token::Operator(letter.to_string()))
            }
            '&' | '|' | '<' | '>' => Ok(Token::Operator(self.operator())),
            '0'..='2' if matches!(self.peek(1), Some('>' | '<')) => {
                self.at += 1;
                Ok(Token::Operator(self.operator()))
            }
            _ => self.word().map(Token::Word),
        }
    }

    fn operator(&mut self) -> String {
        let first = self.next().unwrap_or_default();
        let mut text = first.to_string();
        while let Some(letter) = self.peek(0) {
            let more = match first {
                '&' => text == "&" && matches!(letter, '&' | '>'),
                '|' => text == "|" && matches!(letter, '|' | '&'),
                '>' => (text == ">" && matches!(letter, '>' | '&' | '|')) || (text == ">&" && letter.is_ascii_digit()),
                _ => letter == '<' && text.len() < 3,
            };
            if !more {
                break;
            }
            text.push(letter);
            self.at += 1;
        }
        text
    }

    /// Whether a line goes on behind this letter.
    fn continues(&self) -> bool {
        self.peek(1) == Some('\n') || (self.peek(1) == Some('\r') && self.peek(2) == Some('\n'))
    }

    fn skip_continuation(&mut self) {
        while self.next().is_some_and(|letter| letter != '\n') {}
    }

    fn word(&mut self) -> Result<String, String> {
        let mut word: Vec<u8> = Vec::new();
        let push = |word: &mut Vec<u8>, letter: char| word.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        let mut braces = (false, false);
        while let Some(letter) = self.peek(0) {
            match letter {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    loop {
                        match self.next() {
                            Some('\'') => break,
                            Some(letter) => push(&mut word, letter),
                            None => return Err(self.wrong("a quote ' is not closed")),
                        }
                    }
                }
                '"' => {
                    self.at += 1;
                    self.double_quoted(&mut word)?;
                }
                '\\' if self.continues() => self.skip_continuation(),
                '\\' => {
                    self.at += 1;
                    if let Some(letter) = self.next() {
                        push(&mut word, letter);
                    }
                }
                '$' if self.peek(1) == Some('\'') => {
                    self.at += 2;
                    self.ansi(&mut word)?;
                }
                '$' if self.peek(1) == Some('"') => self.at += 1,
                '$' => {
                    let value = self.variable()?;
                    if value.contains([' ', '\t', '\n']) {
                        return Err(self.wrong(&format!("a shell would split {value:?}: put the variable into double quotes")));
                    }
                    word.extend_from_slice(value.as_bytes());
                }
                '`' if self.continues() => break,
                '`' => return Err(self.wrong("`…` cannot be repeated: write what it gives")),
                _ => {
                    braces.0 |= letter == '{';
                    braces.1 |= letter == ',' && braces.0;
                    if letter == '}' && braces == (true, true) {
                        return Err(self.wrong("an unquoted {…,…} is several words for a shell: put it into quotes"));
                    }
                    push(&mut word, letter);
                    self.at += 1;
                }
            }
        }
        String::from_utf8(word).map_err(|error| {
            let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
            self.wrong(&format!("{shown:?} has bytes that are no UTF-8, which cannot be repeated"))
        })
    }

    fn double_quoted(&mut self, word: &mut Vec<u8>) -> Result<(), String> {
        loop {
            match self.peek(0) {
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('\\') => {
                    self.at += 1;
                    match self.next() {
                        Some(letter @ ('"' | '\\' | '`' | '$')) => word.push(letter as u8),
                        Some('\n') => {}
                        Some(letter) => {
                            word.push(b'\\');
                            word.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                        None => return Err(self.wrong("a quote \" is not closed")),
                    }
                }
                Some('$') => {
                    let value = self.variable()?;
                    word.extend_from_slice(value.as_bytes());
                }
                Some('`') => return Err(self.wrong("`…` cannot be repeated: write what it gives")),
                Some(letter) => {
                    self.next();
                    word.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                None => return Err(self.wrong("a quote \" is not closed")),
            }
        }
    }

    /// The value of `$NAME`, `${NAME}` or `${NAME:-otherwise}`; a `$` that begins none is a letter.
    fn variable(&mut self) -> Result<String, String> {
        self.at += 1;
        let name_from = |reader: &Self, from: usize| -> String {
            reader.letters[from..].iter().take_while(|letter| letter.is_ascii_alphanumeric() || **letter == '_').collect()
        };
        match self.peek(0) {
            Some('(') => Err(self.wrong("$(…) cannot be repeated: write what it gives")),
            Some('{') => {
                let inside: String = self.letters[self.at + 1..].iter().take_while(|letter| **letter != '}').collect();
                if self.letters.get(self.at + 1 + inside.chars().count()) != Some(&'}') {
                    return Err(self.wrong("${ is not closed"));
                }
                self.at += inside.chars().count() + 2;
                let (name, otherwise) = inside.split_once(":-").or_else(|| inside.split_once('-')).unwrap_or((&inside, ""));
                if !is_name(name) {
                    return Err(self.wrong(&format!("${{{inside}}} cannot be repeated: write what it gives")));
                }
                let value = self.variables.value(name, &self.own);
                Ok(if unset_variable(&value).is_some() && name.len() < inside.len() { otherwise.to_owned() } else { value })
            }
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => {
                let name = name_from(self, self.at);
                self.at += name.len();
                Ok(self.variables.value(&name, &self.own))
            }
            Some(letter) if letter.is_ascii_digit() || matches!(letter, '@' | '*' | '?' | '$' | '!') => {
                Err(self.wrong(&format!("${letter} cannot be repeated: write what it stands for")))
            }
            _ => Ok("$".to_owned()),
        }
    }

    /// `$'…'`, as browsers write what has quotes in it.
    fn ansi(&mut self, word: &mut Vec<u8>) -> Result<(), String> {
        let open = || "a quote $' is not closed".to_owned();
        loop {
            let letter = self.next().ok_or_else(|| self.wrong(&open()))?;
            let escaped = match letter {
                '\'' => return Ok(()),
                '\\' => self.next().ok_or_else(|| self.wrong(&open()))?,
                letter => {
                    word.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
            };
            match escaped {
                'n' => word.push(b'\n'),
                't' => word.push(b'\t'),
                'r' => word.push(b'\r'),
                'a' => word.push(7),
                'b' => word.push(8),
                'e' | 'E' => word.push(27),
                'f' => word.push(12),
                'v' => word.push(11),
                'x' => word.push(u8::try_from(self.number(16, 2)).unwrap_or_default()),
                'u' | 'U' => {
                    let number = self.number(16, if escaped == 'u' { 4 } else { 8 });
                    let letter = char::from_u32(number).ok_or_else(|| self.wrong(&format!("\\{escaped} with {number:x} is no letter")))?;
                    word.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                '0'..='7' => {
                    self.at -= 1;
                    let number = self.number(8, 3);
                    word.push(u8::try_from(number & 255).unwrap_or_default());
                }
                'c' => {
                    let letter = self.next().unwrap_or_default();
                    word.push((letter as u32 & 31) as u8);
                }
                '\\' | '\'' | '"' | '?' => word.push(escaped as u8),
                other => {
                    word.push(b'\\');
                    word.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
    }

    fn number(&mut self, base: u32, most: usize) -> u32 {
        let mut number = 0;
        for _ in 0..most {
            let Some(digit) = self.peek(0).and_then(|letter| letter.to_digit(base)) else { break };
            number = number * base + digit;
            self.at += 1;
        }
        number
    }
}

/// Whether the text is for the command prompt of Windows.
fn is_of_windows(text: &str) -> bool {
    // PowerShell knows other quotes, and its prompt says that it is one.
    if text.trim_start().starts_with("PS ") {
        return false;
    }
    let first = text.split_whitespace().find(|word| is_program(word)).unwrap_or_default();
    text.contains("^\n")
        || text.contains("^\r\n")
        || text.contains("^\"")
        || (first.contains(".exe") && !text.contains('\'') && !text.contains("`\n"))
}

/// The commands of a text for the command prompt of Windows: carets first, then the words as programs there take them.
fn of_windows(text: &str) -> Result<Vec<Command>, String> {
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
                    all.push(Command { words, line: begun, notes: std::mem::take(&mut notes), has_input: false });
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(text: &str) -> Result<Vec<Command>, String> {
        let given = BTreeMap::from([("GIVEN".to_owned(), "g v".to_owned())]);
        let is_placeholder = |name: &str| name == "TOKEN_VIEW";
        let environment = |name: &str| (name == "HOME_OF").then(|| "env".to_owned());
        commands(text, &Variables { given: &given, is_placeholder: &is_placeholder, environment: &environment })
    }

    #[rstest]
    #[case("curl a", &["curl", "a"])]
    #[case("$ curl 'a b' \"c\\\"d\\x\"", &["curl", "a b", "c\"d\\x"])]
    #[case("# curl x", &["curl", "x"])]
    #[case("me@host:~/x$ curl x", &["curl", "x"])]
    #[case("PS C:\\Users> curl.exe x", &["curl.exe", "x"])]
    #[case("C:\\Users>curl.exe \"x y\"", &["curl.exe", "x y"])]
    #[case("curl x # a comment", &["curl", "x"])]
    #[case("# what it does\ncurl x", &["curl", "x"])]
    #[case("curl \\\n  -d a \\\r\n x", &["curl", "-d", "a", "x"])]
    #[case("curl `\n -d a", &["curl", "-d", "a"])]
    #[case("curl $'it\\'s \\u0026 \\x41\\101\\n'", &["curl", "it's & AA\n"])]
    #[case("A=1; B='2 3'\ncurl \"$A$B\" ${HOME_OF}", &["curl", "12 3", "env"])]
    #[case("export A=1 && curl $A", &["curl", "1"])]
    #[case("curl \"$TOKEN_VIEW\" '$TOKEN_VIEW' '$HOME_OF' \"\\$A\"", &["curl", "$TOKEN_VIEW", "$TOKEN_VIEW", "$HOME_OF", "$A"])]
    #[case("curl \"$GIVEN\" ${NONE:-other}", &["curl", "g v", "other"])]
    #[case("curl a'b'\"c\"d", &["curl", "abcd"])]
    #[case("curl ''", &["curl", ""])]
    #[case("curl ^\"http://x/?a=1^&b=^%^20^\" ^\n  -H ^\"a: b^\"", &["curl", "http://x/?a=1&b=%20", "-H", "a: b"])]
    #[case("curl.exe -H \"a: \\\"b\\\"\" \"x&y\"", &["curl.exe", "-H", "a: \"b\"", "x&y"])]
    #[case("TOKEN=1 curl x", &["curl", "x"])]
    fn words_are_those_of_a_shell(#[case] line: &str, #[case] words: &[&str]) {
        let read = read(line).expect("it is read");
        assert_eq!(read.len(), 1, "{read:?}");
        assert_eq!(read[0].words, words);
    }

    #[rstest]
    #[case("curl a | jq .", "cut off: | jq .")]
    #[case("curl a > out.json", "cut off: > out.json")]
    #[case("curl a 2>/dev/null -d b", "cut off: > /dev/null")]
    #[case("curl a; rm b", "cut off: ; rm b")]
    #[case("curl a && echo done", "cut off: && echo done")]
    #[case("curl http://x/?a=1&b=2", "lost is \"&b=2\"")]
    #[case("curl.exe http://x/?a=1&b=2", "lost is \"&b=2\"")]
    fn what_a_shell_would_cut_off_is_said(#[case] line: &str, #[case] note: &str) {
        let read = read(line).expect("it is read");
        assert!(read[0].notes.iter().any(|said| said.contains(note)), "{read:?}");
    }

    #[rstest]
    #[case("curl 'a", "line 1: a quote ' is not closed")]
    #[case("\ncurl \"a", "line 2: a quote \" is not closed")]
    #[case("curl $(date)", "$(…) cannot be repeated")]
    #[case("curl `date`", "`…` cannot be repeated")]
    #[case("curl $1", "$1 cannot be repeated")]
    #[case("curl ${A%x}", "${A%x} cannot be repeated")]
    #[case("curl $'\\xff'", "no UTF-8")]
    #[case("curl {a,b}", "an unquoted {…,…}")]
    fn what_cannot_be_repeated_is_named(#[case] line: &str, #[case] why: &str) {
        let error = read(line).expect_err("an error");
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn each_line_of_a_script_is_a_command_and_other_programs_are_left_alone() {
        let read = read("#!/bin/sh\nset -e\nT=abc\ncurl one\necho two\nif true; then\nwget three -q\nfi\n").expect("it is read");
        assert_eq!(read.iter().map(|command| (command.line, command.words[1].as_str())).collect::<Vec<_>>(), [(4, "one"), (7, "three")]);
    }

    #[test]
    fn a_variable_without_a_value_is_known_by_its_name() {
        let read = read("curl \"$BASE/x\"").expect("it is read");
        let word = &read[0].words[1];
        assert_eq!((unset_variable(word), leading_variable(word)), (Some("BASE"), Some(("BASE", "/x"))));
        assert_eq!(with_names(word), "$BASE/x");
    }
}
