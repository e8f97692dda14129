#include "hw/disk_mechanics.hpp"

namespace blkpath {

MediaPass DiskMechanics::pass(const MediaCursor& from, std::int64_t end, bool write, std::int64_t mark,
                              std::int64_t bus) const {
  MediaPass p;
  p.at = from.at;
  std::int64_t date = from.date;
  for (std::int64_t lbn = from.lbn; lbn < end;) {
    const DiskRun run = layout_->find(lbn);
    const std::int64_t count = std::min(end, run.end()) - lbn;
    Access a = access(run, lbn, write, p.at, turned(date));
    std::int64_t passing = transfer(run, count);
    // With zero latency, blocks that come first are taken first; what is left is what passed before the arm
    // arrived.
    if ((write ? times_.zero_latency_write : times_.zero_latency_read) &&
        a.rotation > times_.revolution - passing)
      passing = transfer(run, (times_.revolution - a.rotation) * count / passing + 1);
    date += a.seek + a.rotation;
    if (lbn == from.lbn) {
      p.seek = a.seek;
      p.begin = date;
    }
    if (bus > 0) {  // the bus is held up by the first or by the last block of a run
      const std::int64_t left = end - lbn;
      p.bus_end = std::max(
          {p.bus_end, date + transfer(run, 1) + left * bus, date + passing + (left - count + 1) * bus});
    }
    if (const std::int64_t before = lbn - from.lbn; mark > before && mark <= before + count)
      p.marked = date + std::min(passing, transfer(run, mark - before));
    date += passing;
    lbn += count;
    p.at = {run.cylinder, run.head};
  }
  p.end = date;
  p.bus_end = std::max(p.bus_end, p.end);
  return p;
}

MediaCursor DiskMechanics::read_on(MediaCursor cursor, std::int64_t end, std::int64_t date) const {
  while (cursor.lbn < end && cursor.date < date) {
    const DiskRun run = layout_->find(cursor.lbn);
    const Access a = access(run, cursor.lbn, false, cursor.at, turned(cursor.date));
    const std::int64_t begin = cursor.date + a.seek + a.rotation;
    std::int64_t count = std::min(end, run.end()) - cursor.lbn;
    cursor.at = {run.cylinder, run.head};
    if (begin + transfer(run, count) > date) {
      count = begin >= date ? 0 : (date - begin) * count / transfer(run, count);
      cursor.lbn += count;
      cursor.date = date;
      return cursor;
    }
    cursor.date = begin + transfer(run, count);
    cursor.lbn += count;
  }
  return cursor;
}

}  // namespace blkpath
