/// What is settled before a replay begins: the driver, the file, and whether the jobs go with both.
#pragma once
#include <vector>

#include "aio/replay.hpp"

namespace blkpath {

/// The driver that is asked for, when its rules and the kernel allow what is asked of it; nothing is created.
/// @throws ConfigError
const AioDriverInfo& checked_driver(const std::vector<JobSpec>& jobs, const ReplayOptions& options);

/// The engine whose rules a job follows with this driver; a pool of threads is asynchronous as libaio is.
IoEngine engine_of(const AioDriverInfo& driver);

/// Of one job's driver, without its files and buffers.
AioOptions aio_options(const AioDriverInfo& driver, const JobSpec& spec, const ReplayOptions& options);

/// @throws ConfigError when no file is named, or the jobs would open it in different ways
TargetOptions target_options(const std::vector<JobSpec>& jobs, const ReplayOptions& options);

/// Whether it writes or trims. A trace may, unless it is read only.
bool writes(const JobSpec& job);

/// The most that one of its I/Os moves, in bytes. A trace's are not known: what most of them move.
std::size_t largest_block(const JobSpec& job);

/// @throws ConfigError when O_DIRECT cannot do a job's blocks
void check_alignment(const JobSpec& job, const Target& target);

/// @throws ConfigError when what the jobs write could not be told apart afterwards
void check_verify(const std::vector<JobSpec>& jobs);

}  // namespace blkpath
