// The same face in the frames before, and whose it is (fer/vision/tracks.py).
const NEWEST_SHARE = 0.5, SAME_FACE_IOU = 0.3, STUDENT_KEPT = 60, BYSTANDER_KEPT = 240, TAKES_OVER = 1.4;
const LEAST_OF_STUDENT = 0.5;

export const height = (box) => box[3] - box[1];

function iou(a, b) {
  const wide = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), high = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (wide <= 0 || high <= 0) return 0;
  return (wide * high) / ((a[2] - a[0]) * height(a) + (b[2] - b[0]) * height(b) - wide * high);
}

// Each face with its track and whether it is a student's: the student's first, then the largest.
export function follow(before, faces, several) {
  const boxes = faces.map((face) => face.box), same = sameFaces(before, boxes), student = studentsPlace(before, boxes, same);
  return faces
    .map((face, place) => ({face, track: same[place], isStudent: several || place === student, place}))
    .sort((a, b) => (a.place !== student) - (b.place !== student) || height(b.face.box) - height(a.face.box));
}

// For each box the track that it goes on; the pairs that overlap most go together first.
function sameFaces(before, boxes) {
  const pairs = boxes.flatMap((box, place) => before.map((track) => [iou(track.box, box), place, track]));
  const found = boxes.map(() => null);
  for (const [overlap, place, track] of pairs.sort((a, b) => b[0] - a[0]))
    if (overlap >= SAME_FACE_IOU && !found[place] && !found.includes(track)) found[place] = track;
  return found;
}

// Which of the boxes is the student's face; null where only others are seen.
function studentsPlace(before, boxes, same) {
  const heights = boxes.map(height), places = boxes.map((_, place) => place);
  const highest = (some) => some.reduce((most, place) => (most === null || heights[place] > heights[most] ? place : most), null);
  const followed = highest(places.filter((place) => same[place]?.isStudent));
  if (followed !== null) {
    const largest = highest(places);
    return heights[largest] >= TAKES_OVER * heights[followed] ? largest : followed;
  }
  const least = LEAST_OF_STUDENT * Math.max(0, ...before.filter((track) => track.isStudent).map((track) => height(track.box)));
  return highest(places.filter((place) => heights[place] >= (same[place] ? TAKES_OVER * same[place].firstHeight : least)));
}

// The tracks after a look: of the faces that were seen, in this order, each averaged with the look before; then of those
// that were not, as long as they are not forgotten. judged: {probabilities, readable} of each face that was seen.
export function goOn(before, seen, judged) {
  const tracks = seen.map((one, place) => next(one, judged[place])), wentOn = seen.map((one) => one.track);
  const hasStudent = tracks.some((track) => track.isStudent);
  for (const track of before) {
    const kept = track.isStudent ? STUDENT_KEPT : BYSTANDER_KEPT;
    if (track.unseen < kept && !(track.isStudent && hasStudent) && !wentOn.includes(track))
      tracks.push({...track, unseen: track.unseen + 1});
  }
  return tracks;
}

function next({face: {box}, track, isStudent, cutOff}, {probabilities, readable}) {
  if (track && track.unseen === 0) {
    const mean = (fresh, old) => NEWEST_SHARE * fresh + (1 - NEWEST_SHARE) * old;
    probabilities = probabilities.map((fresh, place) => mean(fresh, track.probabilities[place]));
    if (readable !== null && track.readable !== null) readable = mean(readable, track.readable);
  }
  const firstHeight = track && track.isStudent === isStudent ? track.firstHeight : height(box);
  return {box, probabilities, readable, isStudent, cutOff, unseen: 0, firstHeight};
}
