//! What a misspelled name may have been meant for.

/// The known name that a misspelled one is nearest to, where one is near: at most a third of its letters are wrong.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let far = |known: &'a str| (letters_wrong(name, known), known);
    known.map(far).min_by_key(|(far, _)| *far).filter(|(far, known)| *far <= known.chars().count().max(3) / 3).map(|(_, known)| known)
}

/// How many letters have to be put in, left out, exchanged or swapped with the next to make one name of the other.
fn letters_wrong(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.to_lowercase().chars().collect(), other.to_lowercase().chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (above, letter) in one.iter().enumerate() {
        let mut row = vec![above + 1];
        for (left, with) in other.iter().enumerate() {
            let exchanged = rows[above][left] + usize::from(letter != with);
            let mut least = exchanged.min(rows[above][left + 1] + 1).min(row[left] + 1);
            if above > 0 && left > 0 && *letter == other[left - 1] && one[above - 1] == *with {
                least = least.min(rows[above - 1][left - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelled_name_finds_its_neighbour_and_another_word_finds_none() {
        let known = ["super", "view", "write", "admin", "admin-elsewhere", "no-access"];
        for (wrong, right) in [("veiw", "view"), ("wirte", "write"), ("Admin", "admin"), ("noaccess", "no-access"), ("suprr", "super")] {
            assert_eq!(nearest(wrong, known.into_iter()), Some(right), "{wrong}");
        }
        assert_eq!(nearest("everybody", known.into_iter()), None);
    }
}
