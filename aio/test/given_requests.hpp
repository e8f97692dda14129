/// For tests: requests that no file holds.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "model/request_source.hpp"

namespace blkpath {

inline TraceRequest request(std::int64_t offset, std::uint32_t length, Op op = Op::read) {
  TraceRequest r;
  r.offset = offset;
  r.length = length;
  r.op = op;
  return r;
}

class GivenRequests final : public RequestSource {
 public:
  explicit GivenRequests(std::vector<TraceRequest> requests) : requests_(std::move(requests)) {}
  std::size_t next(std::span<TraceRequest> out) override {
    const std::size_t n = std::min(out.size(), requests_.size() - given_);
    std::copy_n(requests_.begin() + static_cast<std::ptrdiff_t>(given_), n, out.begin());
    given_ += n;
    return n;
  }
  SourceFacts facts() const override {
    SourceFacts facts;
    facts.file = "web.csv";
    facts.records = static_cast<std::int64_t>(given_);
    return facts;
  }

 private:
  std::vector<TraceRequest> requests_;
  std::size_t given_ = 0;
};

}  // namespace blkpath
