use otelier_macros::trace;

#[trace(level = "debug")]
fn ship(id: u64) -> u64 {
    id
}

fn main() {}
