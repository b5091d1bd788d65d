//! The words of a command as a shell makes them. The crates that split words know neither `$'…'` nor variables, and do not tell a quoted `&` from
//! one that ends the command: what a shell would cut off is here cut off, and said.

use std::collections::BTreeMap;

use super::address::may_be_request;
use super::markup;
use super::program::{behind_another, in_front, is_assignment, is_program, without_prompt};
use super::variables::{Variables, with_names};
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

/// A piece of a text of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A command that is a request.
    Command(Command),
    /// Lines of no program that is read, with what a request may be in them.
    Other {
        /// Line on which they begin, from 1.
        line: usize,
        /// As they stand there.
        text: String,
    },
}

/// All requests of a text of commands, and what else in it may be one. Whatever is neither is left alone.
pub fn pieces(text: &str, variables: &Variables<'_>) -> Result<Vec<Piece>, String> {
    if is_of_windows(text) {
        return of_windows(text);
    }
    Reader { letters: text.chars().collect(), at: 0, line: 1, own: BTreeMap::new(), variables }.all()
}

/// Where reading stands in a text.
pub struct Reader<'a> {
    pub(super) letters: Vec<char>,
    pub(super) at: usize,
    line: usize,
    pub(super) own: BTreeMap<String, String>,
    pub(super) variables: &'a Variables<'a>,
}

/// What ends a word.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Operator(String),
    End,
}

impl Reader<'_> {
    pub(super) fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let letter = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    pub(super) fn wrong(&self, what: &str) -> String {
        format!("line {}: {what}", self.line)
    }

    fn all(mut self) -> Result<Vec<Piece>, String> {
        let mut all = Vec::new();
        while self.at < self.letters.len() {
            if let Some(markup) = self.markup() {
                all.push(markup);
                continue;
            }
            self.skip_prompt();
            all.extend(self.logical_line()?);
        }
        Ok(all)
    }

    /// Lines of markup: a shell would take the first letter of a tag for a redirection.
    fn markup(&mut self) -> Option<Piece> {
        let is_tag = self.letters[self.at..].iter().find(|letter| !letter.is_whitespace()) == Some(&'<');
        let rest: String = self.letters[self.at..].iter().take_while(|letter| is_tag || **letter != '\n').collect();
        let length = rest[..markup::end_of_markup(&rest)?].chars().count();
        let (line, begun) = (self.line, self.at);
        while self.at < begun + length || self.peek(0).is_some_and(|letter| letter != '\n') {
            self.next();
        }
        Some(Piece::Other { line, text: self.letters[begun..self.at].iter().collect() })
    }

    fn skip_prompt(&mut self) {
        let rest: String = self.letters[self.at..].iter().take_while(|letter| **letter != '\n').collect();
        let kept = without_prompt(&rest);
        self.at += rest.chars().count() - kept.chars().count();
    }

    /// One line with its continuations: the first request in it, the rest cut off.
    fn logical_line(&mut self) -> Result<Option<Piece>, String> {
        let mut command = Command { line: self.line, ..Command::default() };
        let (first, line) = (self.at, self.line);
        // The first words of no program that is read, with what looks like a request in them.
        let mut other: Option<String> = None;
        loop {
            let begun = self.at;
            match self.token()? {
                Token::Word(word) => command.words.push(word),
                Token::Operator(operator) if operator.starts_with('>') || operator.contains("&>") || operator.starts_with('<') => {
                    command.has_input |= operator.starts_with('<');
                    let is_alone = operator.ends_with("&1") || operator.ends_with("&2") || self.at_end_of_line();
                    let file = if is_alone { Token::End } else { self.token()? };
                    let name = if let Token::Word(name) = &file { format!(" {}", with_names(name)) } else { String::new() };
                    // A number in front of it is that of a file, not a word.
                    command.notes.push(format!("cut off: {operator}{name}"));
                }
                token @ (Token::Operator(_) | Token::End) => {
                    command.words.drain(..in_front(&command.words));
                    self.assign(&mut command.words);
                    let is_request = command.words.first().is_some_and(|word| is_program(word));
                    let is_end = token == Token::End || token == Token::Operator("\n".to_owned());
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
                        let rest = if is_end { None } else { self.rest_of_line(begun) };
                        if let (Token::Operator(operator), Some(rest)) = (&token, rest) {
                            command.notes.push(match operator.as_str() {
                                "&" => format!(
                                    "an unquoted & ends the command, as in any shell: lost is {rest:?}; put the address into quotes"
                                ),
                                _ => format!("cut off: {rest}"),
                            });
                        }
                        if let Some(other) = other {
                            return Err(format!(
                                "line {line}: {other:?} stands in front of the request and may be one itself: write each in a line of its own"
                            ));
                        }
                        return Ok(Some(Piece::Command(command)));
                    }
                    if command.words.iter().any(|word| may_be_request(word)) {
                        other.get_or_insert_with(|| with_names(&command.words.join(" ")));
                    }
                    if is_end {
                        let text = || self.letters[first..self.at].iter().collect();
                        return Ok(other.is_some().then(|| Piece::Other { line, text: text() }));
                    }
                    command = Command { line: self.line, ..Command::default() };
                }
            }
        }
    }

    /// Takes assignments in front of a command: those alone on their own stay, those of one command are not seen by its own words.
    fn assign(&mut self, words: &mut Vec<String>) {
        if words.first().is_some_and(|word| ["export", "local", "readonly", "declare", "typeset"].contains(&word.as_str())) {
            let options = words[1..].iter().take_while(|word| word.starts_with('-')).count();
            words.drain(..=options);
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

    fn at_end_of_line(&self) -> bool {
        self.letters[self.at..].iter().find(|letter| ![' ', '\t', '\r'].contains(letter)).is_none_or(|letter| *letter == '\n')
    }

    /// Whether a line goes on behind this letter.
    pub(super) fn continues(&self) -> bool {
        self.peek(1) == Some('\n') || (self.peek(1) == Some('\r') && self.peek(2) == Some('\n'))
    }

    pub(super) fn skip_continuation(&mut self) {
        while self.next().is_some_and(|letter| letter != '\n') {}
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::variables::{leading_variable, unset_variable};
    use super::*;

    fn read(text: &str) -> Result<Vec<Command>, String> {
        let given = BTreeMap::from([("GIVEN".to_owned(), "g v".to_owned())]);
        let is_placeholder = |name: &str| name == "TOKEN_VIEW";
        let environment = |name: &str| (name == "HOME_OF").then(|| "env".to_owned());
        let variables = Variables { given: &given, is_placeholder: &is_placeholder, environment: &environment };
        let is_command = |piece| match piece {
            Piece::Command(command) => command,
            Piece::Other { line, text } => panic!("line {line}: {text}"),
        };
        Ok(pieces(text, &variables)?.into_iter().map(is_command).collect())
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
