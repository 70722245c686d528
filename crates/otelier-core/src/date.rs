/// Year, month and day of a number of days since 1970, in UTC.
///
/// ```
/// assert_eq!(otelier_core::date(11_016), (2000, 2, 29));
/// ```
#[must_use]
pub const fn date(days: u64) -> (u64, u64, u64) {
    // Howard Hinnant's `civil_from_days`. Years that begin in March end with the
    // leap day; 719,468 days lie between 0000-03-01 and 1970-01-01.
    let days = days.saturating_add(719_468);
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let year = year_of_era + era * 400;
    match shifted {
        ..10 => (year, shifted + 3, day),
        _ => (year + 1, shifted - 9, day),
    }
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn no_number_of_days_is_too_large() {
        let (year, month, day) = date(u64::MAX);
        assert!(year > 9999 && (1..=12).contains(&month) && (1..=31).contains(&day));
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let mut expected = (1970, 1, 1);
        for day in 0..292_194 {
            assert_eq!(date(day), expected);
            let (year, month, day) = expected;
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 => 28 + u64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (day == last, month) {
                (false, _) => (year, month, day + 1),
                (true, 12) => (year + 1, 1, 1),
                (true, _) => (year, month + 1, 1),
            };
        }
    }
}
