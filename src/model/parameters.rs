//! What PHP and Matomo make of raw query strings and bodies: names, arrays, and the cleaned value of a parameter.

/// A parameter's value as PHP sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string, percent-decoded.
    Text(String),
    /// `name[]=…` or `name[key]=…`: keys, empty where PHP counts, and values, percent-decoded.
    Array(Vec<(String, String)>),
}

/// Parameters that the rules ask for.
const DECIDING: [&str; 8] =
    ["module", "action", "token_auth", "force_api_session", "method", "idSite", "moduleToWidgetize", "actionToWidgetize"];

/// What had to be done to raw parameters that the rules ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// A name was changed.
    pub renamed: bool,
    /// A name stood more than once.
    pub repeated: bool,
    /// A name made an array.
    pub array: bool,
    /// A value had entities or NUL bytes.
    pub cleaned: bool,
}

/// Parameters of one source, each name once: the last one wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, Value)>, Oddities);

impl Parameters {
    /// Reads an urlencoded string the way PHP does.
    pub fn parse(raw: &str) -> Self {
        let mut parameters = Self::default();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let raw = percent_decode(name);
            if let Some((name, key)) = php_name(&raw) {
                let is_array = key.is_some();
                let value = match key {
                    Some(key) => parameters.longer(&name, key, percent_decode(value)),
                    None => Value::Text(percent_decode(value)),
                };
                let odd = &mut parameters.1;
                if !DECIDING.contains(&name.as_str()) {
                    parameters.set(name, value);
                    continue;
                }
                odd.renamed |= !is_array && name != raw;
                odd.array |= is_array;
                odd.cleaned |= matches!(&value, Value::Text(text) if text.contains('\0') || decode_entities(text) != *text);
                odd.repeated |= parameters.0.iter().any(|(known, _)| *known == name);
                parameters.set(name, value);
            }
        }
        parameters
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// What had to be done to the raw parameters.
    pub fn oddities(&self) -> Oddities {
        self.1
    }

    /// The union of two sources in which names of `self` hide names of `other`, even where the value is empty.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        let mut union = other.clone();
        for (name, value) in &self.0 {
            union.set(name.clone(), value.clone());
        }
        union
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether the name occurs at all.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Matomo's cleaned string of a name: empty when missing or an array.
    pub fn text(&self, name: &str) -> String {
        match self.get(name) {
            Some(Value::Text(text)) => sanitise(text),
            Some(Value::Array(_)) | None => String::new(),
        }
    }

    /// The string of a name without NUL bytes and otherwise as sent.
    pub fn bare(&self, name: &str) -> String {
        match self.get(name) {
            Some(Value::Text(text)) => text.replace('\0', ""),
            Some(Value::Array(_)) | None => String::new(),
        }
    }

    /// The same without some names.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    /// The array of a name with one element more; a text of that name is no more.
    fn longer(&self, name: &str, key: String, value: String) -> Value {
        let mut elements = match self.get(name) {
            Some(Value::Array(elements)) => elements.clone(),
            _ => Vec::new(),
        };
        match elements.iter_mut().find(|(known, _)| !key.is_empty() && *known == key) {
            Some((_, old)) => *old = value,
            None => elements.push((key, value)),
        }
        Value::Array(elements)
    }

    fn set(&mut self, name: String, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
}

/// PHP's name of a parameter and, where it makes an array, the key in it; `None` for a name that PHP drops.
fn php_name(raw: &str) -> Option<(String, Option<String>)> {
    let raw = raw.trim_start_matches(' ');
    let raw = raw.split('\0').next().unwrap_or_default();
    if raw.is_empty() {
        return None;
    }
    let (base, rest) = match raw.find('[') {
        Some(0) | None => (raw, None),
        Some(at) => (&raw[..at], Some(&raw[at + 1..])),
    };
    let underscored = |text: &str| text.replace(['.', ' '], "_");
    match rest {
        Some(rest) if rest.contains(']') => {
            let key = rest.split(']').next().unwrap_or_default();
            Some((underscored(base), Some(key.to_owned())))
        }
        // An opening bracket that is never closed becomes an underscore; what follows stays as it is.
        Some(rest) => Some((format!("{}_{rest}", underscored(base)), None)),
        None => Some((underscored(&base.replace('[', "_")), None)),
    }
}

pub(super) fn percent_decode(raw: &str) -> String {
    let bytes = raw.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let decoded = hex.filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], decoded) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Matomo's cleaning of a request value: entities decoded, NUL stripped, then escaped for HTML. Numbers stay untouched.
pub fn sanitise(raw: &str) -> String {
    let decoded = decode_entities(raw).replace('\0', "");
    let mut out = String::with_capacity(decoded.len());
    for letter in decoded.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#039;"),
            other => out.push(other),
        }
    }
    out
}

/// What `sanitise` escaped is plain again (`Common::unsanitizeInputValue`); named entities of other letters stay.
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#039;", "'").replace("&amp;", "&")
}

/// Matomo's whole number of a cleaned value (`Common::getRequestVar` with the type int): 0 for anything that is none.
///
/// PHP takes `01`, `+1`, `1.0`, `1e0` and white space at either end for a number, and `1x` for none.
pub fn php_integer(text: &str) -> i64 {
    let number = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    match number.parse::<i64>() {
        Ok(whole) => whole,
        // A fraction is no whole number; what is larger than 2^53 is nobody's flag.
        Err(_) => match number.parse::<f64>() {
            #[allow(clippy::cast_possible_truncation)] // checked
            Ok(float) if plain && float.fract() == 0.0 && float.abs() < 9e15 => float as i64,
            _ => 0,
        },
    }
}

fn decode_entities(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let entity = tail.find(';').filter(|end| *end <= 10).map(|end| &tail[1..end]);
        if let Some((letter, entity)) = entity.and_then(|entity| Some((entity_letter(entity)?, entity))) {
            out.push(letter);
            rest = &tail[entity.len() + 2..];
        } else {
            out.push('&');
            rest = &tail[1..];
        }
    }
    out.push_str(rest);
    out
}

fn entity_letter(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            // PHP leaves references to control characters alone.
            char::from_u32(code).filter(|letter| !letter.is_control())
        }
    }
}

/// PHP's `empty()` of a string.
pub fn php_empty(text: &str) -> bool {
    text.is_empty() || text == "0"
}
