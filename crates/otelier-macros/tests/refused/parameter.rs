use otelier_macros::trace;

#[trace(record(it))]
fn ship(id: u64) -> u64 {
    id
}

fn main() {}
