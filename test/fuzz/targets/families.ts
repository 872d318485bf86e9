import { NO_ROOM, SLACK, type GitAsked } from "../../../src/sources/git/core/git-core.ts";
import { headerText } from "../../../src/sources/git/objects/commit.ts";
import { BLOB, TREE } from "../../../src/sources/git/object-id.ts";
import { wholeAddresses } from "../../../src/sources/git/objects/pack-loader.ts";
import { NONE } from "../../../src/sources/git/objects/pack-table.ts";
import { IGNORE, SCAN, withDescendants } from "../../../src/sources/git/scan/family-scan.ts";
import { TEXTS } from "../../../src/sources/git/scan/pack-pass.ts";
import { hold, type Target } from "../target.ts";
import { Tape } from "../tape.ts";
import { forgedPack, ID_BYTES, reader, type Content } from "./forged-pack.ts";
import { GuardedCore } from "./guarded.ts";

/** As assembly/families.ts counts what it tells. */
const [DONE, BROKEN, VISIT, LEFT] = [0, 1, 2, 3];
const [UNKNOWN, CLEAR, HITS] = [0, 1, 2];
const PAGES = 14;
const RECENT_BYTES = 4 << 16;

const WORDS = [
  "a line of text\n",
  "and another one\n",
  "\n\n",
  "x",
  "\0",
  "\xff\xfe",
  "tree ",
  "parent ",
  "object ",
  "type ",
  "gpgsig ",
  "gpgsig-sha256 ",
  "\n ",
  "0123456789abcdef",
];

function contentOf(tape: Tape, earlier: readonly Content[]): Content {
  const type = tape.pick([3, 3, 3, 3, 1, 4, 2] as const);
  const kin = earlier.filter((one) => one.type === type);
  const parts = Array.from({ length: tape.below(9) }, () =>
    tape.once(3) ? tape.take(tape.below(60)) : Buffer.from(tape.pick(WORDS).repeat(1 + tape.below(6)), "latin1"),
  );
  const base = kin.length > 0 && !tape.once(4) ? tape.pick(kin).bytes : Buffer.alloc(0);
  const cut = tape.below(base.length + 1);
  return { type, bytes: Buffer.concat([base.subarray(0, cut), ...parts, base.subarray(cut + tape.below(9))]) };
}

/** Of a commit or tag all is looked at but what `headerText` leaves out. */
function holdWritten(bytes: Buffer, pieces: readonly (readonly [number, number])[]): void {
  const left = Buffer.from(bytes);
  headerText(bytes).copy(left);
  for (const [from, to] of pieces) left.fill(0x20, from, to);
  const at = left.findIndex((byte) => byte !== 0x20 && byte !== 0x0a);
  hold(at < 0, () => `byte ${at} is not looked at`);
}

/** What lies outside of all pieces must stand in the base with the same neighbours. */
function holdChanges(base: Buffer, bytes: Buffer, pieces: readonly (readonly [from: number, to: number])[]): void {
  let at = 0;
  for (const [from, to] of [...pieces, [bytes.length, bytes.length] as const]) {
    const same = bytes.subarray(at, from);
    const isThere =
      at === 0 && from === bytes.length ? base.equals(same) : at === 0 ? base.indexOf(same) === 0 : base.includes(same);
    hold(same.length === 0 || isThere, () => `bytes ${at} to ${from} are new, and no piece tells so`);
    at = to;
  }
}

/** Families of forged packs gone through in WebAssembly, against JavaScript that reads each object by itself. */
export function families(): Target {
  return {
    name: "families",
    rounds: 80,
    maxBytes: 1500,
    run(input) {
      const tape = new Tape(input);
      const contents: Content[] = [];
      for (let n = 1 + tape.below(14); n > 0; n--) contents.push(contentOf(tape, contents));
      const forged = forgedPack(tape, contents);
      if (forged === undefined) return;
      const { pack, table } = forged;
      const read = reader(forged);

      const asked: Partial<GitAsked> = {};
      const core = new GuardedCore(PAGES, asked);
      const { git } = core;
      const packAt = core.put(pack);
      const { offset, size, firstChild, nextSibling, nameOf, base, head, type } = table;
      const columns = [offset, size, firstChild, nextSibling, nameOf, base, head, type].map((column) =>
        Buffer.from(column.buffer, column.byteOffset, column.byteLength),
      );
      const todo = type.map((kind) => (kind === 0 || kind === TREE || tape.once(6) ? IGNORE : SCAN));
      const needed = table.neededFor(todo);
      const roots = table.roots(TEXTS);
      // Words and doubles, so at addresses that are their multiples.
      const aligned = (bytes: Uint8Array) => {
        const at = core.room(bytes.length + 8);
        const to = (at + 7) & ~7;
        core.write(to, bytes);
        return to;
      };
      const words = (numbers: ArrayLike<number>) => aligned(Buffer.from(Int32Array.from(numbers).buffer));
      git.packColumns(aligned(Buffer.concat(columns)), table.count, words(wholeAddresses(table, packAt)), 0);
      git.packMarks(core.put(needed), core.put(todo));
      const recent = core.room(RECENT_BYTES);
      git.knownIds(recent, recent, 0, ID_BYTES, recent);
      const rootsAt = words(roots);

      const [arenaBytes, mostRanges] = [tape.pick([600, 4096, 1 << 15]), tape.pick([1, 3, 64])];
      const pieceBytes = tape.pick([64, 2048, 1 << 14]);
      const arena = (core.room(arenaBytes + 64) + 63) & ~63;
      const delta = core.room(pieceBytes);
      const ranges = words(new Int32Array(2 * mostRanges));
      const rooms: [at: number, length: number][] = [
        [recent, RECENT_BYTES],
        [arena, arenaBytes + SLACK],
        [delta, pieceBytes + SLACK],
        [ranges, 8 * mostRanges],
      ];
      asked.room = (_, bytes) => {
        const at = (core.room(bytes + 8) + 7) & ~7;
        rooms.push([at, bytes]);
        return at;
      };
      asked.stray = () => table.count;
      asked.longTime = () => 0;

      const told = new Set<number>();
      const states = new Map<number, number>();
      /** Entries of which a keyword was told that their base had not. */
      const changed = new Set<number>();
      const tell = (rank: number) => {
        hold(todo[rank] === SCAN, () => `entry ${rank} was not asked for`);
        hold(!told.has(rank), () => `entry ${rank} is told twice`);
        told.add(rank);
      };
      const bytesAt = (rank: number, address: number, length: number) => {
        const bytes = core.read(address, length);
        hold(read(rank)?.equals(bytes) === true, () => `entry ${rank} holds other bytes`);
        return bytes;
      };
      asked.winnow = (address, length, at, count) => {
        const rank = git.eventRank();
        const bytes = bytesAt(rank, address >>> 0, length);
        const numbers = core.read(at >>> 0, 8 * count);
        const pieces = Array.from(
          { length: count },
          (_, i) => [numbers.readInt32LE(8 * i), numbers.readInt32LE(8 * i + 4)] as const,
        );
        hold(count > 0 && count <= mostRanges, () => `${count} pieces`);
        let last = 0;
        for (const [from, to] of pieces) {
          hold(
            from >= last && to <= length && (from < to || length === 0),
            () => `a piece from ${from} to ${to} of ${length}`,
          );
          last = to;
        }
        const isPart = type[rank] === BLOB && git.eventBase() !== NONE && git.eventState() === CLEAR;
        hold(!isPart || !changed.has(rank), () => `entry ${rank} is looked at in parts again`);
        if (isPart) holdChanges(read(git.eventBase())!, bytes, pieces);
        else if (type[rank] === BLOB)
          hold(count === 1 && pieces[0]![0] === 0 && last === length, () => `entry ${rank} is not looked at whole`);
        else holdWritten(bytes, pieces);
        // No keyword stands in nothing.
        if (isPart && length > 0 && tape.once(5)) {
          changed.add(rank);
          return -1;
        }
        return tape.once(3) ? count : 0;
      };

      const isTakingCommits = tape.once(2) ? 1 : 0;
      git.familiesSetup(arena, arenaBytes, delta, ranges, mostRanges, tape.below(20), pieceBytes, 0);
      git.beginFamilies(rootsAt, roots.length, isTakingCommits, tape.once(4) ? tape.pick([1, 2] as const) : 0);
      let objects = 0;
      const mostTurns = 4 * (table.count + 1);
      for (let turns = 0; ; turns++) {
        hold(turns < mostTurns, () => "families go on without an end");
        const event = core.within(rooms, () => git.nextEvent(tape.pick([1, 100, 1 << 20])));
        objects += git.takeObjects();
        if (event === DONE && git.hasFamilies() === 0) break;
        if (event === DONE) continue;
        const [rank, length, address] = [git.eventRank(), git.eventLength(), git.eventAddress() >>> 0];
        hold(rank >= 0 && rank < table.count && needed[rank] === 1, () => `an event of entry ${rank}`);
        if (event === BROKEN) {
          const isTight = size[rank]! > pieceBytes || address + (read(rank)?.length ?? 0) > arena + arenaBytes;
          const isLarge = isTight || (read(rank)?.length ?? 0) > pieceBytes || address >= arena + arenaBytes;
          hold(read(rank) === undefined || isLarge, () => `entry ${rank} can be read, and is told as ${length}`);
          if (read(rank) !== undefined) hold(length === NO_ROOM || length === -2, () => `no room is told as ${length}`);
          for (const member of withDescendants(table, rank)) if (todo[member] === SCAN) tell(member);
          continue;
        }
        hold(event === VISIT || event === LEFT, () => `event ${event}`);
        tell(rank);
        if (event === VISIT) objects++;
        bytesAt(rank, address, length);
        const state = git.eventBase() === NONE ? UNKNOWN : git.eventState();
        if (state === HITS) hold(states.get(git.eventBase()) === HITS, () => "hits in a base that has none");
        states.set(rank, tape.pick([UNKNOWN, CLEAR, HITS]));
        core.within(rooms, () => git.visited(states.get(rank)!));
      }
      const expected = todo.reduce((sum, one) => sum + (one === SCAN ? 1 : 0), 0);
      const broken = [...told].filter((rank) => !states.has(rank)).length;
      hold(objects + broken === expected, () => `${objects} objects and ${broken} broken ones of ${expected}`);
    },
    seeds: () =>
      Array.from({ length: 24 }, (_, seed) =>
        Buffer.from(Array.from({ length: 700 }, (_, i) => (i * i * (seed + 3) + i * 17 + seed * 91) & 255)),
      ),
  };
}
