/// How fast a path is when it never has to wait for the next request.
#pragma once
#include <algorithm>
#include <functional>
#include <utility>

#include "model/core/test/test_path.hpp"

namespace blkpath::test {

/// Requests per second of `count` of them, `depth` outstanding.
inline double saturated(TestPath& path, int depth, int count, std::function<Io(int)> make) {
  path.probe->blocks = false;
  path.probe->loop(depth, count, std::move(make));
  path.run();
  Instant last{};
  for (const Probe::Record& r : path.probe->records) last = std::max(last, r.completed);
  return count / seconds(last.time_since_epoch());
}

}  // namespace blkpath::test
