use otelier_macros::trace;

#[trace]
unsafe fn ship(id: u64) -> u64 {
    id
}

fn main() {}
