/// A trace file as the requests of a replay.
#pragma once
#include <memory>

#include "model/job_spec.hpp"
#include "model/request_source.hpp"

namespace blkpath {

/// Opens the one file of `job.replay`, leaves out what is not wanted, and places the rest on the device.
/// Reads the file twice when offsets are scaled and no span is given. Records of no length that are no flush
/// are passed over and counted.
/// @param device  size of the device
/// @throws ConfigError here when the file cannot be opened; in next() naming file and record for what is
///         malformed, has no offset, or does not fit on the device
std::unique_ptr<RequestSource> open_request_source(const JobSpec& job, Bytes device);

}  // namespace blkpath
