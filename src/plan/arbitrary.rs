//! Random pieces of a request that need no names of a Matomo: spellings, places of a token, roles.

use quickcheck::{Arbitrary, Gen};

/// How a name is written, keeping what it means or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As it is.
    Plain,
    /// One letter percent-encoded.
    Percent,
    /// One letter as an HTML entity.
    Entity,
    /// A NUL byte inside.
    Nul,
    /// Twice, the right one last.
    Twice,
    /// Twice, the right one first.
    TwiceReversed,
    /// One letter percent-encoded twice: another name.
    DoublePercent,
    /// In other letters: another name.
    OtherCase,
    /// The first letter turned round, which reports answer to.
    OtherFirstLetter,
    /// A space behind it: another name.
    SpaceBehind,
    /// A space in front of it: another name.
    SpaceBefore,
    /// Without its last letter: another name.
    Shorter,
    /// With a letter more: another name.
    Longer,
    /// With a character that is escaped for HTML: another name.
    Escaped,
    /// Empty.
    Empty,
    /// `0`, which is empty for PHP.
    Zero,
    /// Not there.
    Missing,
    /// An array.
    Array,
    /// In the body instead of the URL.
    InBody,
    /// In the URL, with another one in the body.
    OtherInBody,
    /// Under a parameter name that PHP changes to the right one.
    MangledName,
}

impl Spelling {
    /// Those that keep what a name means.
    pub const KEEPING: [Self; 8] =
        [Self::Plain, Self::Percent, Self::Entity, Self::Nul, Self::Twice, Self::InBody, Self::OtherInBody, Self::MangledName];

    /// All of them.
    const ALL: [Self; 21] = [
        Self::Plain,
        Self::Percent,
        Self::Entity,
        Self::Nul,
        Self::Twice,
        Self::TwiceReversed,
        Self::DoublePercent,
        Self::OtherCase,
        Self::OtherFirstLetter,
        Self::SpaceBehind,
        Self::SpaceBefore,
        Self::Shorter,
        Self::Longer,
        Self::Escaped,
        Self::Empty,
        Self::Zero,
        Self::Missing,
        Self::Array,
        Self::InBody,
        Self::OtherInBody,
        Self::MangledName,
    ];
}

impl Arbitrary for Spelling {
    fn arbitrary(g: &mut Gen) -> Self {
        if chance(g, 70) { Self::Plain } else { *pick(g, &Self::ALL) }
    }
}

/// Where a token stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the URL.
    Url,
    /// In the body.
    Body,
    /// Behind `Bearer `.
    Header,
    /// Behind `bearer `, which is not the prefix.
    LowercaseHeader,
    /// Behind `Bearer ` and one more space.
    SpacedHeader,
    /// In the URL, under a name that PHP changes.
    MangledUrl,
    /// In the URL as an array.
    ArrayUrl,
    /// In the body as an array.
    ArrayBody,
    /// An empty one in the URL.
    EmptyUrl,
    /// An empty one in the body.
    EmptyBody,
    /// `0` in the URL.
    ZeroUrl,
    /// Nothing behind `Bearer `.
    EmptyHeader,
}

impl Place {
    const ODD: [Self; 9] = [
        Self::LowercaseHeader,
        Self::SpacedHeader,
        Self::MangledUrl,
        Self::ArrayUrl,
        Self::ArrayBody,
        Self::EmptyUrl,
        Self::EmptyBody,
        Self::ZeroUrl,
        Self::EmptyHeader,
    ];
}

impl Arbitrary for Place {
    fn arbitrary(g: &mut Gen) -> Self {
        match below(g, 100) {
            0..50 => Self::Url,
            50..72 => Self::Body,
            72..85 => Self::Header,
            _ => *pick(g, &Self::ODD),
        }
    }
}

/// What a user may do, in the words of an input: `super`, or roles on sites that are there and on one that is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants(pub String);

impl Arbitrary for Grants {
    fn arbitrary(g: &mut Gen) -> Self {
        if chance(g, 12) {
            return Self("super".to_owned());
        }
        let mut words = Vec::new();
        for site in [1, 2, 99] {
            if chance(g, 55) {
                words.push(format!("{site}:{}", pick(g, &["view", "view", "write", "admin"])));
            }
        }
        Self(words.join(" "))
    }
}

/// A number below `end`.
pub fn below(g: &mut Gen, end: usize) -> usize {
    usize::try_from(u32::arbitrary(g)).unwrap_or_default() % end.max(1)
}

/// True so many times of a hundred.
pub fn chance(g: &mut Gen, percent: usize) -> bool {
    below(g, 100) < percent
}

/// One of some; the slice is never empty.
pub fn pick<'a, T>(g: &mut Gen, of: &'a [T]) -> &'a T {
    &of[below(g, of.len())]
}
