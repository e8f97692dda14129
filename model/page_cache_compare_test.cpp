/// Against a measurement: buffered writes on ext4, kernel 6.18, whose device was faster than the writer, so
/// that the dirty level stayed at the background limit and no writer was throttled; then silence until the
/// periodic flush. Skips when the recording is not there.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "model/page_cache.hpp"
#include "model/test/cache_rig.hpp"

namespace blkpath::test {
namespace {

struct Ramp {
  double limit = 0, background = 0;  ///< pages, means while fio ran
  double writer = 0;                 ///< pages/s
  double level = 0;        ///< mean dirty + writeback over the last half of the run, of the background
  double flush_after = 0;  ///< s from the last write to the last flush
};

std::string ramp_file() {
  const char* const shared = std::getenv("BLKPATH_SHARED_DATA");
#ifdef BLKPATH_SOURCE_DIR
  const std::string fallback = BLKPATH_SOURCE_DIR "/../shared/data";
#else
  const std::string fallback = "../shared/data";
#endif
  return (shared != nullptr ? std::string(shared) : fallback) + "/local/dirty_ramp.csv.xz";
}

/// Columns: t_s,fio_running,dirty_kB,writeback_kB,memfree_kB,cached_kB,dirty_thresh_pages,
/// dirty_bg_thresh_pages,nr_dirtied,nr_written,...
Ramp read_ramp(const std::string& file) {
  const std::string command = "xz -dc '" + file + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> in(popen(command.c_str(), "r"), pclose);
  Ramp ramp;
  char line[512];
  double last_write = 0, start = -1, levels = 0, previous = -1, first_dirtied = 0;
  int samples = 0, level_samples = 0;
  while (in && std::fgets(line, sizeof line, in.get()) != nullptr) {
    double t, dirty, writeback, limit, background, dirtied;
    int running;
    if (std::sscanf(line, "%lf,%d,%lf,%lf,%*f,%*f,%lf,%lf,%lf", &t, &running, &dirty, &writeback, &limit,
                    &background, &dirtied) != 7)
      continue;
    const double held = (dirty + writeback) / 4;
    if (running == 1 && dirtied > 1000) {
      if (start < 0) {
        start = t;
        first_dirtied = dirtied;
      }
      last_write = t;
      ramp.writer = (dirtied - first_dirtied) / (t - start);
      ramp.limit += limit;
      ramp.background += background;
      ++samples;
      if (t > 15) {
        levels += held / background;
        ++level_samples;
      }
    }
    // The periodic flush: half of what was dirty goes within one sample or two.
    if (running == 0 && ramp.flush_after == 0 && previous > 0 && held < 0.8 * ramp.background / samples)
      ramp.flush_after = t - last_write;
    previous = held;
  }
  if (samples == 0) return ramp;
  ramp.limit /= samples;
  ramp.background /= samples;
  ramp.level = levels / level_samples;
  return ramp;
}

TEST(PageCacheCompare, TheLevelBelowAFastDeviceAndTheLastFlushAreAsMeasured) {
  if (!std::filesystem::exists(ramp_file())) GTEST_SKIP() << "no " << ramp_file();
  const Ramp measured = read_ramp(ramp_file());
  if (measured.limit == 0) GTEST_SKIP() << "cannot read " << ramp_file() << " (is xz installed?)";

  PageCache::Params p = small_cache();
  p.policy = DirtyPolicy::modern;
  p.memory = 24_GiB;
  p.dirty_bytes = Bytes{static_cast<std::int64_t>(measured.limit) * kPageSize};
  p.dirty_background_bytes = Bytes{static_cast<std::int64_t>(measured.background) * kPageSize};
  p.per_page = Time{0};
  p.per_request = from_seconds(128 / measured.writer);  // 512 KiB a write: the writer's own speed
  p.copy_rate = ByteRate{1'000'000'000'000};
  CacheRig rig(p, 8ms, 16);  // 1 GB/s, more than the writer needs
  rig.device->notes = rig.client->notes = false;
  std::int64_t at = 0;
  rig.client->again = [&at] { return Client::Want{Op::write, (at += 524288) - 524288, 524288, 0}; };
  rig.client->launch(rig.client->again());
  double level = 0;
  for (int i = 0; i < 33; ++i) {
    rig.run_until((i + 1) * 1s);
    if (i >= 15) level += rig.stat("dirty") / kPageSize / measured.background / 18;
  }
  rig.client->again = nullptr;
  while (rig.stat("dirty") / kPageSize > 0.8 * measured.background) rig.sim.step();
  const double flush_after = seconds(rig.sim.now().time_since_epoch()) - 33;

  RecordProperty("measured_level", std::to_string(measured.level));
  RecordProperty("predicted_level", std::to_string(level));
  std::printf(
      "level / background: measured %.3f, predicted %.3f; flush after the last write: %.1f s, %.1f s\n",
      measured.level, level, measured.flush_after, flush_after);
  EXPECT_NEAR(level, measured.level, 0.05);
  EXPECT_EQ(rig.stat("throttled"), 0);
  // A file has to be 30 s old and its tick comes each 5 s: 30 to 35 s, and up to 1 s to see half of it gone.
  EXPECT_NEAR(flush_after, measured.flush_after, 6);
}

}  // namespace
}  // namespace blkpath::test
