/// What a load on an array means for its disks, for the bound.
#pragma once
#include <cstdint>

#include "hw/enclosure_params.hpp"
#include "model/core/stage.hpp"

namespace blkpath {

/// The load of a mean disk: the planner's own answer, averaged over where a request may lie. Disks that are
/// missing from the start, and for which there is no spare, are missing here, too; a failure or a rebuild on
/// the way is not in the bound. What a cache answers or gathers is not either, but for sequential writes.
LoadShape disk_load(const EnclosureParams& p, std::int64_t disks, const LoadShape& load);

}  // namespace blkpath
