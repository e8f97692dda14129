/// What one fio job asks for, as plain data. Read from fio files by scenarios/, run by model/fio_workload.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/core/units.hpp"
#include "model/replay_spec.hpp"

namespace blkpath {

/// Data directions, in the order in which fio reports them.
enum class Dir : std::uint8_t { read, write, trim };
inline constexpr std::size_t kDirs = 3;
template <class T>
using PerDir = std::array<T, kDirs>;

/// One I/O engine as fio names it; each stands for an AIO driver in the guest or on bare metal.
enum class IoEngine : std::uint8_t { libaio, posixaio, io_uring, psync };

/// One entry of `bssplit`, or the whole of a plain `bs`.
struct BlockSizeShare {
  Bytes size;
  int percent = 100;
};

/// Block sizes of one direction: `split` when given, else uniform in [min, max] in steps of `min`
/// (or of `unaligned` bytes), as fio's bsrange.
struct BlockSizes {
  Bytes min = 4_KiB;
  Bytes max = 4_KiB;
  std::vector<BlockSizeShare> split;
};

/// `random_distribution`: where random offsets fall.
struct RandomDistribution {
  enum class Kind : std::uint8_t { uniform, zipf, pareto, normal, zoned };
  /// One `zoned` entry: `access` percent of the I/Os fall into the next `size` percent of the file.
  struct Zone {
    int access = 0;
    int size = 0;
  };
  Kind kind = Kind::uniform;
  double parameter = 0;  ///< theta of zipf, power of pareto, deviation (percent of the range) of normal
  double center = -1;    ///< where the hot spot sits as a fraction of the file; negative: fio's default
  std::vector<Zone> zones;
};

/// A fio job section after `global`, environment and includes have been applied; `numjobs` not yet expanded.
struct JobSpec {
  std::string name = "job";
  int group = 0;  ///< reporting group: jobs that share it and ask for it are reported as one
  bool group_reporting = false;
  bool stonewall = false;  ///< wait for all jobs before this one

  bool random = false;  ///< rw=rand*
  PerDir<bool> does{true, false, false};
  int read_percent = 50;  ///< rwmixread
  int sequence = 1;       ///< the n of rw=randrw:n: this many I/Os before a new random offset
  Bytes sequence_gap{0};  ///< the n of rw=write:4k: gap left after each sequential I/O

  PerDir<BlockSizes> bs;
  PerDir<Bytes> block_align{};  ///< 0: the smallest block size
  bool bs_unaligned = false;

  std::optional<Bytes> size;     ///< region per job; absent: the whole device
  int size_percent = 0;          ///< size=50%; 0 when not in percent
  std::optional<Bytes> io_size;  ///< total to transfer, when it differs from `size`
  Bytes offset{0};
  int offset_percent = 0;
  Bytes offset_increment{0};  ///< added once per numjobs clone

  int numjobs = 1;
  int iodepth = 1;
  int iodepth_batch = 1;               ///< submitted at once
  int iodepth_batch_complete_min = 1;  ///< reaped at least (0: poll)
  int iodepth_batch_complete_max = 0;  ///< reaped at most; 0: as many as `min`
  int iodepth_low = 0;                 ///< refill when this low; 0: iodepth

  bool direct = false;
  bool sync = false;   ///< O_SYNC
  bool dsync = false;  ///< O_DSYNC
  IoEngine engine = IoEngine::psync;

  Time runtime{0};  ///< 0: until `size` has been done
  bool time_based = false;
  Time ramp_time{0};
  Time start_delay{0};
  int loops = 1;
  std::int64_t number_ios = 0;  ///< 0: no limit

  Time thinktime{0};
  Time thinktime_spin{0};
  std::int64_t thinktime_blocks = 1;
  PerDir<std::optional<ByteRate>> rate;
  PerDir<std::int64_t> rate_iops{};  ///< 0: no limit
  bool rate_poisson = false;

  bool random_map = true;    ///< false: norandommap
  bool random_lfsr = false;  ///< random_generator=lfsr
  RandomDistribution distribution;
  PerDir<int> percent_random{100, 100, 100};
  bool rand_repeat = true;
  std::optional<std::uint64_t> rand_seed;

  int fsync = 0;  ///< a flush after every n writes
  int fdatasync = 0;
  bool end_fsync = false;

  std::optional<ReplaySpec> replay;  ///< a trace instead of generated I/O

  std::string write_lat_log, write_bw_log, write_iops_log;  ///< file name prefixes; empty: no log
  Time log_avg{0};                                          ///< log_avg_msec; 0: every I/O
  std::vector<double> percentiles{1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99};
  bool clat_percentiles = true;
  bool lat_percentiles = false;
  bool slat_percentiles = false;

  int kb_base = 1024;
  int unit_base = 0;  ///< 0: bytes; 1: bits; 8: bytes
  std::string filename;

  /// The options as the user wrote them, for fio's JSON "job options" / "global options".
  std::vector<std::pair<std::string, std::string>> options;
};

}  // namespace blkpath
