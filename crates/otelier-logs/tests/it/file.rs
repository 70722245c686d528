//! Lines in files.

use std::{
    error::Error as _,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use otelier_logs::{Console, Format, LogFile};
use tracing_subscriber::layer::SubscriberExt as _;

const PATIENCE: Duration = Duration::from_secs(60);

/// The file, then its backups, the newest first.
fn files(path: &Path) -> Vec<String> {
    let backup = |n: usize| PathBuf::from(format!("{}.{n}", path.display()));
    let paths = std::iter::once(path.to_owned()).chain((1..).map(backup));
    paths
        .map_while(|path| fs::read_to_string(path).ok())
        .collect()
}

/// Prints numbered lines to the file, and waits until they are written.
fn print(file: LogFile, lines: std::ops::Range<usize>) {
    let (writer, guard) = file.open().unwrap();
    let console = Console::new(Format::Text).with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(console);
    tracing::subscriber::with_default(subscriber, || {
        for line in lines {
            tracing::info!("line {line:03}");
        }
        assert!(guard.flush(PATIENCE));
    });
}

fn numbers(text: &str) -> Vec<usize> {
    let numbers = text.lines().map(|line| line.split_once("line ").unwrap().1);
    numbers.map(|number| number.parse().unwrap()).collect()
}

#[test]
fn a_file_that_is_full_is_rotated_and_the_oldest_is_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.log");
    print(
        LogFile::new(&path).with_max_bytes(600).with_backups(2),
        0..100,
    );
    let files = files(&path);
    assert_eq!(files.len(), 3);
    for text in &files {
        assert!(text.len() <= 600, "{text}");
        assert!(text.ends_with('\n'), "{text}");
    }
    // Nothing is missing between the oldest line that is kept and the last.
    let kept: Vec<_> = files.iter().rev().flat_map(|text| numbers(text)).collect();
    assert_eq!(kept, Vec::from_iter(100 - kept.len()..100));
    assert!(files[1].len() > 500, "{}", files[1]);
}

#[test]
fn a_file_that_is_there_already_is_continued() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.log");
    print(LogFile::new(&path), 0..3);
    print(LogFile::new(&path), 3..5);
    let files = files(&path);
    assert_eq!(files.len(), 1);
    assert_eq!(numbers(&files[0]), [0, 1, 2, 3, 4]);
}

#[test]
fn a_file_that_is_too_old_is_rotated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.log");
    print(LogFile::new(&path), 0..3);
    print(LogFile::new(&path).with_max_age(Duration::ZERO), 3..4);
    let files = files(&path);
    assert_eq!(numbers(&files[0]), [3]);
    assert_eq!(numbers(&files[1]), [0, 1, 2]);
}

#[test]
fn no_line_is_lost_when_the_guard_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.log");
    let (writer, guard) = LogFile::new(&path).open().unwrap();
    let console = Console::new(Format::Json).with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(console);
    tracing::subscriber::with_default(subscriber, || {
        for line in 0..1000 {
            tracing::info!(line, "placed");
        }
        drop(guard);
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().count(), 1000);
        for (at, line) in written.lines().enumerate() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["fields"]["line"], at);
        }
    });
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [
        directory.path().join("absent/shop.log"),
        file.join("shop.log"),
    ] {
        let error = LogFile::new(&path).open().unwrap_err();
        let message = format!("cannot write to {}", path.display());
        assert_eq!(error.to_string(), message);
        assert!(error.source().is_some());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_neither_blocks_nor_fails_the_program() {
    let (writer, guard) = LogFile::new("/dev/full").open().unwrap();
    let console = Console::new(Format::Text).with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(console);
    tracing::subscriber::with_default(subscriber, || {
        for line in 0..20_000 {
            tracing::info!("line {line}");
        }
    });
    // What cannot be written counts as dealt with.
    assert!(guard.flush(PATIENCE));
    assert!(Path::new("/dev/full").exists());
}

/// Prints numbered lines, now and when it is called again.
fn printer(file: LogFile) -> impl FnMut(std::ops::Range<usize>) {
    let (writer, guard) = file.open().unwrap();
    let console = Console::new(Format::Text).with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(console);
    let dispatch = tracing::Dispatch::new(subscriber);
    move |lines| {
        tracing::dispatcher::with_default(&dispatch, || {
            for line in lines {
                tracing::info!("line {line:03}");
            }
            assert!(guard.flush(PATIENCE));
        });
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_move_or_delete_is_opened_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.log");
    let moved = directory.path().join("moved.log");
    let mut print = printer(LogFile::new(&path));
    print(0..3);
    fs::rename(&path, &moved).unwrap();
    print(3..5);
    assert_eq!(numbers(&fs::read_to_string(&moved).unwrap()), [0, 1, 2]);
    assert_eq!(numbers(&fs::read_to_string(&path).unwrap()), [3, 4]);
    fs::remove_file(&path).unwrap();
    print(5..6);
    assert_eq!(numbers(&fs::read_to_string(&path).unwrap()), [5]);
    // As `copytruncate` of logrotate does it.
    fs::write(&path, "").unwrap();
    print(6..7);
    assert_eq!(numbers(&fs::read_to_string(&path).unwrap()), [6]);
}

#[cfg(unix)]
#[test]
fn a_fifo_that_nobody_reads_blocks_nobody_and_is_written_to_when_somebody_does() {
    use std::io::{BufRead as _, BufReader};

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let mut print = printer(LogFile::new(&path));
    print(0..3);
    for at in [3, 4] {
        let reader = std::thread::spawn({
            let path = path.clone();
            move || {
                let reader = BufReader::new(fs::File::open(path).unwrap());
                // The last lines for the one before may lie there still.
                let mut lines = reader.lines().map(Result::unwrap);
                lines.find(|line| numbers(line) == [at])
            }
        });
        // Until the reader is there, lines are lost.
        while !reader.is_finished() {
            print(at..at + 1);
            std::thread::yield_now();
        }
        assert!(reader.join().unwrap().is_some(), "{at}");
    }
}
