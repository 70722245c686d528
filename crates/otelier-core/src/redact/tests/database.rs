//! What databases quote of what was sent.

use super::{REDACTED, masks, redact_text};

const RETURNED: &str = "error returned from database: ";

/// What MySQL and MariaDB say of a statement that they cannot read.
const SYNTAX: &str = "1064 (42000): You have an error in your SQL syntax; check the manual that \
                      corresponds to your MySQL server version for the right syntax to use near ";

#[test]
fn what_was_sent_is_masked_however_it_is_quoted_itself() {
    for (before, value, after) in [
        // MySQL and MariaDB quote up to 80 characters of the statement, as they are.
        (SYNTAX, "'s3cr3t'", "' at line 1"),
        (SYNTAX, "''s3cr3t''", "' at line 12"),
        (
            SYNTAX,
            "'= 's3' cr3t' AND x = \"s3cr3t\"\n and y = ''s3cr3t'",
            "' at line 2",
        ),
        (
            SYNTAX,
            "'SET x = 's3cr3t' at line 3 's3cr3t'",
            "' at line 1",
        ),
        (
            "1062 (23000): Duplicate entry ",
            "'s3cr3t' in 's3cr3t' s3cr3t",
            "' for key 'users.email'",
        ),
        (
            "1366 (HY000): Incorrect integer value: ",
            "'s3 ' cr3t",
            "' for column 'age' at row 1",
        ),
        (
            "1366 (HY000): Incorrect string value: ",
            "'s3cr3t\ns3'cr3t",
            "'",
        ),
        (
            "1292 (22007): Truncated incorrect DOUBLE value: ",
            "'s3''cr3t s3cr3t",
            "'",
        ),
        // PostgreSQL
        ("syntax error at or near ", "\"\"s3cr3t\" s3cr3t", "\""),
        (
            "unterminated quoted string at or near ",
            "\"'s3 \"cr3t\" s3cr3t''",
            "\"",
        ),
        (
            "invalid input syntax for type integer: ",
            "\"s3 \"cr3t\" s3cr3t",
            "\"",
        ),
        (
            "invalid input value for enum mood: ",
            "\"s3 cr3t\ns3cr3t",
            "\"",
        ),
        // SQLite
        (
            "",
            "near \"'s3 cr3t' \"s3cr3t\" 's3cr3t",
            "\": syntax error",
        ),
        ("unrecognized token: ", "\"'s3 \"cr3t\" s3cr3t", "\""),
    ] {
        let quote = value.find(['"', '\'']).unwrap();
        let kept = &value[..=quote];
        let (text, masked) = (
            format!("{before}{value}{after}"),
            format!("{before}{kept}{REDACTED}{after}"),
        );
        // As the database says it, as sqlx does, and below the error of a caller.
        for above in ["", RETURNED, "no order\n\nCaused by:\n    0: "] {
            masks(&[(&format!("{above}{text}"), &format!("{above}{masked}"))]);
        }
        let debug = |message| {
            let message = format!("{message:?}");
            format!("Database(MySqlDatabaseError {{ code: None, message: {message} }})")
        };
        let written = redact_text(&debug(&text)).into_owned();
        assert!(
            !written.contains("s3") && !written.contains("cr3t"),
            "{written}"
        );
        assert!(written.ends_with(" })"), "{written}");
    }
}

#[test]
fn the_causes_below_what_a_database_said_belong_to_it() {
    masks(&[(
        "error returned from database: x \"s3cr3t\"\n\nCaused by:\n    x 's3cr3t'\n\nStack 'here'",
        "error returned from database: x \"[REDACTED]\"\n\nCaused by:\n    x '[REDACTED]'\n\nStack 'here'",
    )]);
}

#[test]
fn what_is_cut_before_its_quote_is_closed_is_masked_to_its_end() {
    masks(&[
        (
            "error returned from database: Duplicate entry 's3cr3t s3cr3t",
            "error returned from database: Duplicate entry '[REDACTED]",
        ),
        (
            "right syntax to use near 's3cr3t's3cr3t",
            "right syntax to use near '[REDACTED]",
        ),
        (
            "error returned from database: bad 's3cr3t' for key 's3cr3t",
            "error returned from database: bad '[REDACTED]",
        ),
    ]);
}

#[test]
fn what_others_quote_stays() {
    for text in [
        "the house near 'the lake' is at 7 Main St",
        "cannot find \"orders.json\" near \"/data\"",
        "entry 'a' isn't 'b'",
        "incorrect use of 'x'",
        "duplicate entry in 'orders'",
    ] {
        masks(&[(text, text)]);
    }
}
