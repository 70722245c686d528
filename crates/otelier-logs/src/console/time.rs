//! Points in time as RFC 3339 in UTC.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use otelier_core::date;

use super::digits::digits;
use super::written::Written;

const DAY: u64 = 86_400;

/// The last second of the year 9999, beyond which RFC 3339 has no form.
const LATEST: u64 = 253_402_300_799;

/// How far a second is divided.
#[derive(Clone, Copy)]
pub(super) enum Precision {
    Millis,
    Micros,
}

/// `2026-11-21T03:20:01.`
type Second = [u8; 20];

thread_local! {
    /// The second of the last line, and its text: most lines share it with the one before.
    static LAST: Cell<(u64, Second)> = const { Cell::new((u64::MAX, [0; 20])) };
}

/// Writes `2026-11-21T03:20:01.123Z`. A clock before 1970 or after 9999 shows the nearest of these.
pub(super) fn write_time(text: &mut Written, time: SystemTime, precision: Precision) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs().min(LATEST);
    let second = LAST.with(|last| match last.get() {
        (known, second) if known == seconds => second,
        _ => {
            let second = second_of(seconds);
            last.set((seconds, second));
            second
        }
    });
    match precision {
        Precision::Millis => write::<3, 24>(text, second, since.subsec_millis()),
        Precision::Micros => write::<6, 27>(text, second, since.subsec_micros()),
    }
}

/// Writes a second, `DIGITS` digits of its fraction, and `Z`: all at once.
fn write<const DIGITS: usize, const ALL: usize>(text: &mut Written, second: Second, fraction: u32) {
    let mut stamp = [b'Z'; ALL];
    if let Some((start, rest)) = stamp.split_first_chunk_mut() {
        *start = second;
        if let Some(end) = rest.first_chunk_mut::<DIGITS>() {
            *end = digits(fraction.into());
        }
    }
    text.push_ascii(&stamp);
}

fn second_of(seconds: u64) -> Second {
    let (year, month, day) = date(seconds / DAY);
    let second = seconds % DAY;
    let [y0, y1, y2, y3] = digits(year);
    let [m0, m1] = digits(month);
    let [d0, d1] = digits(day);
    let [h0, h1] = digits(second / 3600);
    let [n0, n1] = digits(second / 60 % 60);
    let [s0, s1] = digits(second % 60);
    [
        y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1, b'.',
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn written(seconds: u64, micros: u64, precision: Precision) -> String {
        let mut text = Written::new();
        let since = Duration::from_secs(seconds) + Duration::from_micros(micros);
        write_time(&mut text, UNIX_EPOCH + since, precision);
        str::from_utf8(text.as_bytes()).unwrap().to_owned()
    }

    #[test]
    fn known_moments_are_written_as_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_799, "2000-02-29T23:59:59.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (LATEST, "9999-12-31T23:59:59.000Z"),
            (LATEST + 1, "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(written(seconds, 0, Precision::Millis), text);
        }
    }

    #[test]
    fn a_second_is_divided_as_asked() {
        assert_eq!(
            written(0, 1_999, Precision::Millis),
            "1970-01-01T00:00:00.001Z"
        );
        assert_eq!(
            written(0, 1_999, Precision::Micros),
            "1970-01-01T00:00:00.001999Z"
        );
    }

    #[test]
    fn a_clock_before_1970_shows_1970() {
        let mut text = Written::new();
        write_time(
            &mut text,
            UNIX_EPOCH - Duration::from_secs(5),
            Precision::Millis,
        );
        assert_eq!(text.as_bytes(), b"1970-01-01T00:00:00.000Z");
    }
}
