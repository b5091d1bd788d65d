//! A covering array of strength 3: few rows in which every three values of three factors meet.

/// How many values each factor has, and which triples of them have not met yet.
struct Uncovered {
    levels: Vec<usize>,
    triples: Vec<([usize; 3], Vec<bool>)>,
}

impl Uncovered {
    fn of(levels: &[usize]) -> Self {
        let count = levels.len();
        let mut triples = Vec::new();
        for first in 0..count {
            for second in first + 1..count {
                for third in second + 1..count {
                    triples.push(([first, second, third], vec![true; levels[first] * levels[second] * levels[third]]));
                }
            }
        }
        Self { levels: levels.to_vec(), triples }
    }

    fn index(&self, factors: [usize; 3], values: [usize; 3]) -> usize {
        (values[0] * self.levels[factors[1]] + values[1]) * self.levels[factors[2]] + values[2]
    }

    /// The first triple that has not met, as a row in which nothing else is fixed.
    fn first(&self) -> Option<Vec<Option<usize>>> {
        let (factors, open) = self.triples.iter().find(|(_, open)| open.contains(&true))?;
        let at = open.iter().position(|open| *open)?;
        let [first, second, third] = *factors;
        let mut row = vec![None; self.levels.len()];
        row[third] = Some(at % self.levels[third]);
        row[second] = Some(at / self.levels[third] % self.levels[second]);
        row[first] = Some(at / self.levels[third] / self.levels[second]);
        Some(row)
    }

    /// How many triples a row joins that have not met.
    fn gain(&self, row: &[Option<usize>]) -> usize {
        let joined = self.triples.iter().filter(|(factors, open)| {
            let values = factors.map(|factor| row[factor]);
            let [Some(first), Some(second), Some(third)] = values else { return false };
            open[self.index(*factors, [first, second, third])]
        });
        joined.count()
    }

    fn cover(&mut self, row: &[usize]) {
        for number in 0..self.triples.len() {
            let factors = self.triples[number].0;
            let index = self.index(factors, factors.map(|factor| row[factor]));
            self.triples[number].1[index] = false;
        }
    }
}

/// Rows in which each three values meet, for so many values of each factor. Always the same ones.
pub(super) fn covering(levels: &[usize]) -> Vec<Vec<usize>> {
    let mut uncovered = Uncovered::of(levels);
    let mut rows = Vec::new();
    while let Some(mut row) = uncovered.first() {
        for factor in 0..levels.len() {
            if row[factor].is_some() {
                continue;
            }
            // Values take turns, so that those that gain nothing are spread, too.
            let turn = (0..levels[factor]).map(|value| (value + rows.len()) % levels[factor]);
            let best = turn.max_by_key(|value| {
                let mut tried = row.clone();
                tried[factor] = Some(*value);
                uncovered.gain(&tried)
            });
            row[factor] = best;
        }
        let row: Vec<usize> = row.into_iter().map(Option::unwrap_or_default).collect();
        uncovered.cover(&row);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Triples of values that never meet.
    fn missing(levels: &[usize], rows: &[Vec<usize>]) -> usize {
        let mut missing = 0;
        for first in 0..levels.len() {
            for second in first + 1..levels.len() {
                for third in second + 1..levels.len() {
                    for value in 0..levels[first] * levels[second] * levels[third] {
                        let (one, rest) = (value / (levels[second] * levels[third]), value % (levels[second] * levels[third]));
                        let (two, three) = (rest / levels[third], rest % levels[third]);
                        let meets = |row: &Vec<usize>| row[first] == one && row[second] == two && row[third] == three;
                        missing += usize::from(!rows.iter().any(meets));
                    }
                }
            }
        }
        missing
    }

    #[test]
    fn every_three_values_meet_in_far_fewer_rows_than_there_are_combinations() {
        for levels in [vec![2, 2, 2], vec![3, 2, 4, 2], vec![6, 8, 8, 6, 6, 3, 6]] {
            let rows = covering(&levels);
            assert_eq!(missing(&levels, &rows), 0, "{levels:?}");
            assert!(rows.iter().all(|row| row.iter().zip(&levels).all(|(value, count)| value < count)));
            let largest = levels.iter().product::<usize>();
            assert!(rows.len() <= largest && rows.len() < 900, "{} rows of {largest}", rows.len());
            assert_eq!(rows, covering(&levels));
            // Each row is needed for some triple, so one fewer is not enough.
            assert!(missing(&levels, &rows[..rows.len() - 1]) > 0);
        }
    }
}
