use super::{Scope, Unset, VARIABLES, Variable};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");

/// What stands before and after the table of the parser, and of the console.
const PARSER: [&str; 2] = [
    "<!-- The parser's own table: `just configuration` writes it. -->\n",
    "<!-- The end of the parser's table. -->",
];
const CONSOLE: [&str; 2] = [
    "<!-- The console's own table: `just configuration` writes it. -->\n",
    "<!-- The end of the console's table. -->",
];

fn table(of_console: bool) -> String {
    let mut table = String::from(match of_console {
        true => "| Variable | Default | Meaning |\n|---|---|---|\n",
        false => "| Variable | Signals | Default | Meaning |\n|---|---|---|---|\n",
    });
    let rows = VARIABLES.iter();
    for row in rows.filter(|row| (row.scope == Scope::Console) == of_console) {
        let scope = match row.scope {
            Scope::All => "all | ",
            Scope::Each(_) => "all, each | ",
            Scope::Traces => "traces | ",
            Scope::Metrics => "metrics | ",
            Scope::Logs => "logs | ",
            Scope::Console => "",
        };
        let default = match row.default {
            Unset::Value(_) | Unset::Number(_) => format!("`{}`", row.default),
            _ => row.default.to_string(),
        };
        let Variable { name, meaning, .. } = row;
        table.push_str(&format!("| `{name}` | {scope}{default} | {meaning} |\n"));
    }
    table
}

/// The document as it is, and as it is to be.
fn document() -> (String, String) {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let mut wanted = document.clone();
    for ([begin, end], of_console) in [(PARSER, false), (CONSOLE, true)] {
        let (before, rest) = wanted.split_once(begin).expect(begin);
        let (_, after) = rest.split_once(end).expect(end);
        wanted = format!("{before}{begin}{}{end}{after}", table(of_console));
    }
    (document, wanted)
}

#[test]
fn the_documentation_holds_the_table() {
    let (found, wanted) = document();
    assert!(
        found == wanted,
        "docs/configuration.md differs from the table: run `just configuration`"
    );
}

#[test]
#[ignore = "writes docs/configuration.md, for `just configuration`"]
fn write_the_table_into_the_documentation() {
    let (_, wanted) = document();
    std::fs::write(DOCUMENT, wanted).unwrap();
}

#[test]
fn what_is_a_number_has_one_where_it_is_not_set() {
    for row in VARIABLES {
        let (least, most) = row.range();
        if let Unset::Number(number) = row.default {
            assert!((least..=most).contains(&number), "{}", row.name);
            assert_eq!(row.read_number(&number.to_string()), Ok(number));
        }
    }
}
