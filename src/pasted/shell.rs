//! The words of a command as a shell makes them. The crates that split words know neither `$'…'` nor variables, and do not tell a quoted `&` from
//! one that ends the command: what a shell would cut off is here cut off, and said.

use std::collections::BTreeMap;

use super::program::{behind_another, in_front, is_assignment, is_name, is_program, without_prompt};
use super::variables::{Variables, unset_variable, with_names};
use super::windows::{is_of_windows, of_windows};

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

/// All commands of a text that are requests. Whatever else stands there is left alone.
pub fn commands(text: &str, variables: &Variables<'_>) -> Result<Vec<Command>, String> {
    if is_of_windows(text) {
        return of_windows(text);
    }
    Reader { letters: text.chars().collect(), at: 0, line: 1, own: BTreeMap::new(), variables }.all()
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
                    command.words.drain(..in_front(&command.words));
                    self.assign(&mut command.words);
                    let is_request = command.words.first().is_some_and(|word| is_program(word));
                    if let Some((front, program)) = behind_another(&command.words).filter(|_| !is_request) {
                        return Err(format!(
                            "line {}: {program} stands behind {:?}, which cannot be repeated: write the {program} line alone",
                            command.line,
                            with_names(&front)
                        ));
                    }
                    if is_request && token == Token::Operator("(".to_owned()) {
                        return Err(self.wrong("an unquoted ( ends no word in a shell: put it into quotes, or write what it gives"));
                    }
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::variables::leading_variable;
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
