//! One word of a command as a shell makes it: quotes, escapes and variables.

use super::program::is_name;
use super::shell::Reader;
use super::variables::unset_variable;

impl Reader<'_> {
    pub(super) fn word(&mut self) -> Result<String, String> {
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
