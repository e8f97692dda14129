// pread and pwrite in the caller, as fio's psync: one I/O at a time.
#include <algorithm>
#include <vector>

#include "aio/blocking_io.hpp"

namespace blkpath {
namespace {

class Sync final : public AioDriver {
 public:
  explicit Sync(const AioOptions& options) { done_.reserve(options.depth); }

  std::size_t submit(std::span<AioRequest* const> requests) override {
    for (AioRequest* r : requests) {
      blocking_io(*r);
      done_.push_back(r);
    }
    return requests.size();
  }
  std::size_t reap(std::span<AioRequest*> out, std::size_t, Time) override {
    const std::size_t n = std::min(out.size(), done_.size());
    std::copy_n(done_.begin(), n, out.begin());
    done_.erase(done_.begin(), done_.begin() + static_cast<std::ptrdiff_t>(n));
    return n;
  }
  bool cancel(AioRequest&) override { return false; }

 private:
  std::vector<AioRequest*> done_;
};

const RegisteredDriver registered{
    {.name = "sync",
     .sentence = "pread and pwrite in the caller, one at a time",
     .engine = "psync",
     .synchronous = true,
     .knows_completion = true,
     .make = [](const AioOptions& o) -> std::unique_ptr<AioDriver> { return std::make_unique<Sync>(o); }}};

}  // namespace
}  // namespace blkpath
