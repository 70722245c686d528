//! Circles of a graph.

use std::collections::BTreeSet;

/// From one file to another.
pub(super) type Arrows = BTreeSet<(usize, usize)>;

/// Sets of files of which each leads to each other, in the order of their first.
pub(super) fn circles(files: usize, arrows: &Arrows) -> Vec<BTreeSet<usize>> {
    let reach: Vec<_> = (0..files).map(|file| reached(file, arrows)).collect();
    let mut known: BTreeSet<usize> = BTreeSet::new();
    let mut circles: Vec<BTreeSet<usize>> = Vec::new();
    for (file, reached) in reach.iter().enumerate() {
        if !reached.contains(&file) || known.contains(&file) {
            continue;
        }
        let back = |other: &&usize| reach[**other].contains(&file);
        let circle: BTreeSet<_> = reached.iter().filter(back).copied().collect();
        known.extend(&circle);
        circles.push(circle);
    }
    circles
}

fn reached(file: usize, arrows: &Arrows) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(from) = open.pop() {
        for (_, to) in arrows.range((from, 0)..=(from, usize::MAX)) {
            if reached.insert(*to) {
                open.push(*to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circle_is_found_once_with_all_its_files() {
        let arrows = Arrows::from([
            (0, 1),
            (1, 2),
            (2, 1),
            (2, 3),
            (3, 1),
            (4, 5),
            (5, 4),
            (6, 0),
        ]);
        let found = circles(7, &arrows);
        assert_eq!(found, [BTreeSet::from([1, 2, 3]), BTreeSet::from([4, 5])]);
    }

    #[test]
    fn arrows_one_way_are_none() {
        assert!(circles(3, &Arrows::from([(0, 1), (0, 2), (1, 2)])).is_empty());
    }
}
