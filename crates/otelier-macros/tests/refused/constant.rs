use otelier_macros::trace;

#[trace]
const fn ship(id: u64) -> u64 {
    id
}

fn main() {}
