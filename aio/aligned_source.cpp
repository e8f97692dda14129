#include "aio/aligned_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "model/core/error.hpp"

namespace blkpath {

AlignedSource::AlignedSource(std::unique_ptr<RequestSource> from, std::uint32_t block, bool widen)
    : from_(std::move(from)), block_(block), widen_(widen) {
  constexpr std::size_t kFirst = 512;
  first_.resize(kFirst);
  first_.resize(from_->next(first_));
  for (TraceRequest& request : first_) {
    align(request);
    if (stats_.unaligned > 0 && !widen_)
      throw ConfigError(
          {facts().file, 0}, "",
          fmt::format("a request of {} bytes at {} is not in whole blocks of {} bytes, and O_DIRECT does "
                      "no others here; widen such requests with --align, or replay through the page "
                      "cache with --buffered",
                      request.length, request.offset, block_));
  }
}

std::size_t AlignedSource::next(std::span<TraceRequest> out) {
  const std::size_t n = std::min(out.size(), first_.size() - given_);
  std::copy_n(first_.begin() + static_cast<std::ptrdiff_t>(given_), n, out.begin());
  given_ += n;
  if (n == out.size()) return n;
  const std::span<TraceRequest> rest = out.subspan(n, from_->next(out.subspan(n)));
  for (TraceRequest& request : rest) align(request);
  return n + rest.size();
}

void AlignedSource::align(TraceRequest& r) {
  if (r.op == Op::flush) return;
  const std::int64_t end = r.offset + std::int64_t{r.length};
  const std::int64_t begin_of_first = r.offset / block_ * block_,
                     end_of_last = (end + block_ - 1) / block_ * block_;
  if (begin_of_first == r.offset && end_of_last == end) return;
  ++stats_.unaligned;
  if (!widen_) return;
  const std::int64_t longest = std::numeric_limits<std::uint32_t>::max() / block_ * block_;
  const auto length = static_cast<std::uint32_t>(std::min(end_of_last - begin_of_first, longest));
  stats_.added += std::int64_t{length} - std::int64_t{r.length};
  r.offset = begin_of_first;
  r.length = length;
}

}  // namespace blkpath
