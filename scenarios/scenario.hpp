/// A scenario: what runs, on which path. Plain data, validated; nothing has been built yet.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/config_tree.hpp"
#include "scenarios/disk_config.hpp"
#include "scenarios/fio_job.hpp"

namespace blkpath {

/// One stage as the scenario asks for it; `count` instances are called name[0], name[1], ...
struct StageSpec {
  std::string name;
  std::string model;
  int count = 1;
  std::vector<std::string> to;  ///< stages below; all instances of each
  ConfigMap params;
  Place place;
  std::string section;  ///< where the scenario speaks of it, for messages: "path.link", "virtio_blk"
};

struct Scenario {
  std::string file, description;
  std::uint64_t seed = 1;
  Bytes size{0};  ///< of the disk as the job sees it
  Place size_place;
  FioJobs jobs;                      ///< or the one job that replays the trace
  Place job_place;                   ///< what named the jobs
  ConfigMap fio;                     ///< parameters of the job's own thread
  std::optional<DiskConfig> disk;    ///< the hypervisor's disk line; absent on bare metal
  std::vector<StageSpec> stages;     ///< below the jobs, top to bottom
  std::vector<std::string> engines;  ///< for each job, the stage that it submits to
  std::vector<std::string> notes;    ///< what was asked for and is not modelled
};

/// What the command line says on top of the file.
struct Overrides {
  std::vector<std::string> sets{};      ///< key=value; job.OPTION=value sets an option of fio in all jobs
  std::string runtime{};                ///< the same as job.runtime=, in fio's syntax
  std::string job_file{};               ///< replaces `job` or `trace`
  std::vector<std::string> fio_args{};  ///< replaces them: a fio command line
  std::string trace_file{};             ///< replaces them: a trace; the other keys of `trace` hold
  std::string qemu{};                   ///< replaces `disk`: a QEMU command line or a part of one
  std::string which_disk{};             ///< which of the line's disks
  std::optional<std::uint64_t> seed{};
};

/// @throws ConfigError
Scenario load_scenario(const std::string& path, const Overrides& overrides = {});

}  // namespace blkpath
