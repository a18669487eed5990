# SPDX-License-Identifier: Apache-2.0
"""The rules of tools/tidy, a file for each family of them, and what they share: source, blocks, includes, tree."""
