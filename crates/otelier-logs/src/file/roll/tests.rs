use super::*;

/// A file of 90 bytes, and who writes to it.
fn roll(directory: &Path) -> Roll {
    let path = directory.join("shop.log");
    fs::write(&path, [&[b'x'; 89][..], b"\n"].concat()).unwrap();
    Roll::open(&LogFile::new(path).with_max_bytes(100)).unwrap()
}

#[test]
fn a_file_is_rotated_before_the_line_that_makes_it_too_large() {
    let directory = tempfile::tempdir().unwrap();
    let mut roll = roll(directory.path());
    let now = SystemTime::now();
    let mut open = roll.open.take().unwrap();
    assert!(!roll.is_due(&open, 10, now));
    assert!(roll.is_due(&open, 11, now));
    // It is empty then, and stays even if a line is too long for it.
    open.size = 0;
    assert!(!roll.is_due(&open, 1000, now));
    open.size = 1000;
    assert!(roll.is_due(&open, 1000, now));
}

#[test]
fn a_file_is_rotated_by_its_age() {
    let directory = tempfile::tempdir().unwrap();
    let mut roll = roll(directory.path());
    roll.settings.max_age = Duration::from_secs(60);
    let now = SystemTime::now();
    let mut open = roll.open.take().unwrap();
    for (age, due) in [(60, true), (59, false)] {
        open.began = Some(now - Duration::from_secs(age));
        assert_eq!(roll.is_due(&open, 1, now), due);
    }
    // The clock went back.
    open.began = Some(now + Duration::from_secs(999));
    assert!(!roll.is_due(&open, 1, now));
}

#[test]
fn a_file_that_cannot_be_rotated_is_written_on_and_not_tried_again_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut roll = roll(directory.path());
    // What is in the way is no file.
    fs::create_dir_all(directory.path().join("shop.log.1/full")).unwrap();
    roll.settings.backups = 1;
    for _ in 0..3 {
        roll.write(b"eleven more\n").unwrap();
    }
    let text = fs::read_to_string(&roll.settings.path).unwrap();
    assert_eq!(text.lines().count(), 4);
    fs::remove_dir_all(directory.path().join("shop.log.1")).unwrap();
    roll.write(b"too soon\n").unwrap();
    assert!(!directory.path().join("shop.log.1").exists());
    roll.failed = roll.failed.map(|when| when - PAUSE);
    roll.write(b"now\n").unwrap();
    let text = fs::read_to_string(&roll.settings.path).unwrap();
    assert_eq!(text, "now\n");
}

#[test]
fn lines_are_split_where_the_room_ends_and_one_goes_in_any_case() {
    for (room, end) in [(0, 2), (1, 2), (2, 2), (3, 2), (5, 5), (99, 9)] {
        let (now, later) = split(b"1\n22\n333\n", room);
        assert_eq!((now.len(), later.len()), (end, 9 - end), "{room}");
    }
    assert_eq!(split(b"no end", 3), (&b"no end"[..], &b""[..]));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_deleted_while_it_is_written_to_costs_no_line() {
    let directory = tempfile::tempdir().unwrap();
    let mut roll = roll(directory.path());
    let path = roll.settings.path.clone();
    fs::remove_file(&path).unwrap();
    // As if it were still there when it was looked for.
    roll.append(b"gone\n").unwrap();
    assert!(roll.open.as_ref().unwrap().is_deleted());
    roll.write(b"kept\n").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "kept\n");
}

#[cfg(unix)]
#[test]
fn lines_are_counted_as_long_as_the_file_cannot_be_opened_anew() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let mut roll = roll(&inner);
    fs::remove_dir_all(&inner).unwrap();
    let (cause, lost) = roll.write(b"one\ntwo\n").unwrap_err();
    assert_eq!((cause.kind(), lost), (io::ErrorKind::NotFound, 2));
    fs::create_dir(&inner).unwrap();
    roll.write(b"three\n").unwrap();
    let text = fs::read_to_string(inner.join("shop.log")).unwrap();
    assert_eq!(text, "three\n");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_is_never_rotated() {
    let settings = LogFile::new("/dev/full").with_max_bytes(1);
    let mut roll = Roll::open(&settings).unwrap();
    let (_, lost) = roll.write(b"one\ntwo\n").unwrap_err();
    assert_eq!(lost, 2);
    let (_, lost) = roll.write(b"three\n").unwrap_err();
    assert_eq!(lost, 1);
}
