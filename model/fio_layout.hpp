/// The jobs of a fio run, one for each thread, laid out on a device.
#pragma once
#include <vector>

#include "model/job_spec.hpp"

namespace blkpath {

struct FioLayout {
  std::vector<JobSpec> jobs;  ///< after numjobs, with offset and size as each one uses them
  std::vector<int> phases;    ///< by job; a phase (stonewall) begins when the one before has ended
  int last_phase() const { return phases.empty() ? 0 : phases.back(); }
};

/// Expands numjobs, and settles percentages, offset_increment and sizes.
/// @throws std::invalid_argument when a job does not fit on the device or its options contradict each other
FioLayout lay_out(const std::vector<JobSpec>& specs, Bytes device_size);

}  // namespace blkpath
