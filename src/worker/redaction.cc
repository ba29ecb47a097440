#include "worker/redaction.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/percent.h"

namespace evener {
namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view for_urls =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Shorter ones come up by themselves.
constexpr std::size_t shortest_line = 8;
constexpr std::size_t shortest_code = 6;

// The digits of base64 that `bytes` alone decide where they begin `shift` bytes (0 to 2) into a
// group of three.
std::string base64_core(std::string_view bytes, std::size_t shift, std::string_view alphabet) {
  std::string digits;
  const std::size_t first_bit = shift * 8;
  const std::size_t end_bit = first_bit + bytes.size() * 8;
  for (std::size_t bit = (first_bit + 5) / 6 * 6; bit + 6 <= end_bit; bit += 6) {
    unsigned digit = 0;
    for (std::size_t i = 0; i < 6; ++i) {
      const std::size_t at = bit + i - first_bit;
      const auto byte = static_cast<unsigned char>(bytes[at / 8]);
      digit = (digit << 1U) | ((byte >> (7U - at % 8)) & 1U);
    }
    digits += alphabet[digit];
  }
  return digits;
}

// All digits of base64, without padding.
std::string base64_whole(std::string_view bytes, std::string_view alphabet) {
  const std::string padded = std::string(bytes) + std::string(2, '\0');
  const std::size_t digits = (bytes.size() * 8 + 5) / 6;
  return base64_core(padded, 0, alphabet).substr(0, digits);
}

// As base64(1) and openssl(1) print it.
std::string wrapped(std::string_view text, std::size_t columns) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += columns) {
    if (at > 0) out += '\n';
    out += text.substr(at, columns);
  }
  return out;
}

std::string json_escaped(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

Redaction::Redaction(const std::vector<Secret>& secrets) {
  for (const Secret& secret : secrets) {
    marks_.push_back(fmt::format("[secret {}]", secret.name));
    add(secret.value, marks_.size() - 1);
    add_encodings(secret, marks_.size() - 1);
  }
  for (std::vector<Pattern>& patterns : by_first_byte_) {
    std::stable_sort(patterns.begin(), patterns.end(), [](const Pattern& a, const Pattern& b) {
      return a.text.size() > b.text.size();
    });
  }
}

void Redaction::add(std::string text, std::size_t secret) {
  if (text.empty()) return;
  std::vector<Pattern>& patterns = by_first_byte_[static_cast<unsigned char>(text.front())];
  const bool is_known = std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& known) {
    return known.text == text;
  });
  if (!is_known) patterns.push_back({std::move(text), secret});
}

void Redaction::add_encodings(const Secret& secret, std::size_t number) {
  const auto add_lines = [&](std::string_view text) {
    for (const std::string_view line : lines_of(text)) {
      if (line.size() >= shortest_line) add(std::string(line), number);
    }
  };
  const std::string& value = secret.value;
  add_lines(value);
  for (const std::string_view alphabet : {standard, for_urls}) {
    const std::string whole = base64_whole(value, alphabet);
    add(whole, number);
    for (const std::size_t columns : {std::size_t{64}, std::size_t{76}}) {
      if (whole.size() <= columns) continue;
      add(wrapped(whole, columns), number);
      add_lines(wrapped(whole, columns));
    }
    for (std::size_t shift = 0; shift < 3; ++shift) {
      const std::string core = base64_core(value, shift, alphabet);
      if (core.size() >= shortest_code) add(core, number);
    }
  }
  for (const bool lower : {false, true}) {
    add(percent_encoded(value, {.lower = lower}), number);
    add(percent_encoded(value, {.lower = lower, .plus_for_space = true}), number);
  }
  add(json_escaped(value), number);
}

std::string Redaction::text(std::string_view whole) const {
  Redactor redactor(std::shared_ptr<const Redaction>(std::shared_ptr<void>(), this));
  std::string out = redactor.take(whole);
  return out + redactor.finish();
}

Redactor::Redactor(std::shared_ptr<const Redaction> redaction) : redaction_(std::move(redaction)) {}

std::string Redactor::take(std::string_view bytes) {
  held_ += bytes;
  return scan(false);
}

std::string Redactor::finish() {
  return scan(true);
}

Redactor::Found Redactor::look_at(std::string_view rest, bool is_end) const {
  Found found;
  for (const auto& [text, secret] :
       redaction_->by_first_byte_[static_cast<unsigned char>(rest.front())]) {
    if (text.size() > rest.size()) {
      found.is_undecided |= !is_end && text.starts_with(rest);
    } else if (found.length == 0 && rest.starts_with(text)) {
      found.length = text.size();
      found.secret = secret;
    }
  }
  return found;
}

// Values may overlap: everything that any of them covers goes.
std::string Redactor::scan(bool is_end) {
  std::string out;
  std::size_t at = 0;
  for (; at < held_.size(); ++at) {
    const Found found = look_at(std::string_view(held_).substr(at), is_end);
    if (found.is_undecided) break;
    const bool is_covered = at < covered_;
    if (found.length > 0) {
      if (!is_covered) out += redaction_->marks_[found.secret];
      covered_ = std::max(covered_, at + found.length);
    } else if (!is_covered) {
      out += held_[at];
    }
  }
  held_.erase(0, at);
  covered_ -= std::min(covered_, at);
  return out;
}

}  // namespace evener
