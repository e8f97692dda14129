#include "hw/enclosure_params.hpp"

#include <stdexcept>

namespace blkpath {

void EnclosureParams::check() const {
  if (chunk.n < 512 || chunk.n % 512)
    throw std::invalid_argument("chunk: a multiple of 512B, for example 64KiB");
  if (rebuild_chunk.n < 512 || rebuild_chunk.n % 512 || rebuild_chunk > 1_GiB)
    throw std::invalid_argument("rebuild_chunk: a multiple of 512B up to 1GiB, for example 1MiB");
  if (hot_spares < 0 || (hot_spares > 0 && !redundant()))
    throw std::invalid_argument(
        "hot_spares: 0 or more, and a level that survives a failure, for example raid5");
  for (std::size_t i = 0; i < failures.size(); ++i) {
    if (failures[i].disk < 0 || failures[i].at < Time{0})
      throw std::invalid_argument("failures: disks from 0 on, and times from 0s on, for example [[3, 10s]]");
    for (std::size_t k = 0; k < i; ++k)
      if (failures[k].disk == failures[i].disk)
        throw std::invalid_argument("failures: disk " + std::to_string(failures[i].disk) +
                                    " is named twice; a disk fails once, for example [[3, 10s]]");
  }
}

RaidLayout EnclosureParams::layout(std::int64_t disks) const {
  const std::int64_t members = disks - hot_spares;
  if (!RaidLayout::fits(level, members))
    throw ParameterError("level",
                         std::string(enum_name(level)) + " cannot be built from " + std::to_string(members) +
                             " disks" +
                             (hot_spares > 0 ? " and " + std::to_string(hot_spares) + " spares" : "") +
                             "; give the disk stage a count of at least " +
                             std::to_string(RaidLayout::least_members(level) + hot_spares) +
                             (level == RaidLevel::raid10 ? ", even without spares" : ""),
                         "jbod");
  for (const DiskFailure& f : failures)
    if (f.disk >= members)
      throw ParameterError("failures",
                           "disk " + std::to_string(f.disk) + " fails, but the set's disks are 0 to " +
                               std::to_string(members - 1),
                           "[[0, 10s]]");
  return {level, members, chunk};
}

}  // namespace blkpath
