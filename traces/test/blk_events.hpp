/// For tests: events of the block layer, and what they pair to.
#pragma once
#include <string>
#include <vector>

#include "traces/blk_pairing.hpp"

namespace blkpath {

/// An event of reads on one device, in sectors.
inline BlkEvent event(Time time, char action, std::int64_t sector, std::uint32_t sectors, Op op = Op::read) {
  return {.time = time,
          .offset = sector * 512,
          .bytes = sectors * 512,
          .device = 8 << 20 | 16,
          .cpu = 3,
          .action = static_cast<BlkAction>(action),
          .op = op};
}
inline BlkEvent flush(Time time, char action) { return event(time, action, 0, 0, Op::flush); }
inline BlkEvent failed(BlkEvent e, std::uint16_t error) {
  e.error = error;
  return e;
}

/// All records of some events. @param notes  filled when given
inline std::vector<IoRecord> paired(const std::vector<BlkEvent>& events,
                                    std::vector<std::string>* notes = nullptr) {
  BlkPairing pairing;
  std::vector<IoRecord> all;
  IoRecord record;
  for (const BlkEvent& e : events) {
    pairing.add(e);
    while (pairing.next(record)) all.push_back(record);
  }
  pairing.finish();
  while (pairing.next(record)) all.push_back(record);
  if (notes != nullptr) *notes = pairing.notes();
  return all;
}

}  // namespace blkpath
