/// One cell of a grid, simulated: fio's job on bare metal, on a device.
#pragma once
#include <optional>

#include "model/core/params.hpp"
#include "scenarios/fio_grid.hpp"

namespace blkpath {

/// Processor time of one I/O on the host that was measured.
struct HostCosts {
  Time prepare{0};  ///< in fio, before slat begins
  Time submit{0};   ///< the submitting call
  Time reap{0};     ///< io_getevents, and what fio does with a completion
};

/// Several of a device, striped by the host.
struct GridStripe {
  int devices = 1;
  Bytes chunk{512 << 10};  ///< mdadm's default
};
struct GridRun {
  const ConfigMap& device;  ///< parameters of model `calibrated`
  HostCosts host;
  std::int64_t ios = 0;  ///< measured at least, unless the cell's runtime ends before
  std::uint64_t seed = 1;
  std::optional<GridStripe> stripe = {};
};

/// Runs the cell's job: fio -> linux_aio -> block_queue -> calibrated, or -> dm_striped -> a queue for each
/// device.
/// @return the cell with rates and latencies as predicted
/// @throws ConfigError of the device's parameters; std::runtime_error when the path stands still
GridCell simulate_cell(const GridCell& cell, const GridRun& run);

}  // namespace blkpath
