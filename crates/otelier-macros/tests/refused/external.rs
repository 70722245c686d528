use otelier_macros::trace;

#[trace]
extern "C" fn ship(id: u64) -> u64 {
    id
}

fn main() {}
