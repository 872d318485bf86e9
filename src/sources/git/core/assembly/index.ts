// The part of the git source that touches every byte: inflate, delta, tree comparison. It shares the memory of the scan
// engine's core, so that an object is scanned where it was inflated. It has no static data and no heap of its own.
export { consumed, inflate, inflateSetup } from "./inflate";
export { openingsSetup } from "./openings";
export { applyDelta, deltaSetup, ranges } from "./delta";
export { compareTrees, hasNul } from "./tree";
export { clear, listAddress, listLength, listsSetup, makeRoom, push, setItem, widen } from "./lists";
export { addCommit, commitsSetup, parentsFirst, reach } from "./commits";
export {
  addTree,
  damagedTree,
  reachTrees,
  tooManyTrees,
  treeFamilies,
  treesSetup,
} from "./tree-families";
export { isLikeParent, markCommits, markOwn, marksSetup, sumOf } from "./marks";
export { areInOrder, knownIds } from "./object-ids";
export { moreNames, nameBytes, nameCounted, numberChanges, numberOfName, rareChanges } from "./tree-numbers";
export { packColumns, packMarks } from "./pack-columns";
export { gatherFamilies, gatherSetup, gatherType, nextStretch, stretchFrom, takeStretch } from "./stretches";
export { familyRoots, markNeeded, markTypes } from "./chosen";
export { cutPieces, noteLarge, workOf } from "./work";
export { beginTable, bytesOfHeads, endTable, orderEntries, readHeads } from "./pack-table";
export {
  beginFamilies,
  eventAddress,
  eventBase,
  eventLength,
  eventRank,
  eventState,
  familiesSetup,
  hasFamilies,
  moveArena,
  nextEvent,
  piecesLeft,
  takeBytes,
  takeObjects,
  takeScanned,
  visited,
} from "./families";
