// What the caller is asked: what seldom happens, and what needs more than this memory holds. `GitAsked` in git-core.ts says
// what each is for.

@external("env", "room") export declare function room(list: i32, bytes: u32): usize;
@external("env", "stray") export declare function stray(id: usize): i32;
@external("env", "longTime") export declare function longTime(from: usize, to: usize): f64;
@external("env", "readCommit") export declare function readCommit(number: i32): bool;
@external("env", "isLeftOut") export declare function isLeftOut(number: i32): bool;
@external("env", "isBefore") export declare function isBefore(one: i32, other: i32): bool;
@external("env", "roomForNames") export declare function roomForNames(): void;
@external("env", "rareChange") export declare function rareChange(change: usize, tree: usize, length: i32): i32;
@external("env", "readTree") export declare function readTree(number: i32): void;
@external("env", "nameOfBase") export declare function nameOfBase(id: usize): i32;
@external("env", "ownMarks") export declare function ownMarks(row: i32): i32;
@external("env", "winnow") export declare function winnow(address: usize, length: i32, parts: usize, count: i32, depth: i32): i32;
