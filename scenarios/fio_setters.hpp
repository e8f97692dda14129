/// How each modelled option of fio that is more than a number changes a job; the table is in fio_options.cpp.
#pragma once
#include <cstdint>
#include <string_view>

#include "scenarios/fio_options.hpp"

namespace blkpath::fio {

/// A number by fio's rules, with the draft's kb_base.
/// @throws std::invalid_argument when `text` is not one, or lies outside [min, max]
std::int64_t number_in(const Draft& draft, std::string_view text, std::int64_t min, std::int64_t max);

void set_rw(Draft& draft, std::string_view value);
void set_engine(Draft& draft, std::string_view value);
void set_bs(Draft& draft, std::string_view value);
void set_bs_range(Draft& draft, std::string_view value);
void set_bs_split(Draft& draft, std::string_view value);
void set_block_align(Draft& draft, std::string_view value);
void set_size(Draft& draft, std::string_view value);
void set_io_size(Draft& draft, std::string_view value);
void set_offset(Draft& draft, std::string_view value);
void set_offset_increment(Draft& draft, std::string_view value);
void set_start_delay(Draft& draft, std::string_view value);
void set_rate(Draft& draft, std::string_view value);
void set_rate_iops(Draft& draft, std::string_view value);
void set_rate_process(Draft& draft, std::string_view value);
void set_read_percent(Draft& draft, std::string_view value);
void set_write_percent(Draft& draft, std::string_view value);
void set_percent_random(Draft& draft, std::string_view value);
void set_generator(Draft& draft, std::string_view value);
void set_distribution(Draft& draft, std::string_view value);

}  // namespace blkpath::fio
