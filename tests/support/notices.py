"""Rule files as a city might write them, for tests of several parts."""

NOTICE = """
format = 1
[document]
number = "示例人社字〔2020〕1号"
title = "示例市通知"
issuer = "示例市人力资源和社会保障局"
dated = 2020-03-01
binds = "14"
in_force_from = 2020-03-01
under = "鲁人社规〔2018〕22号"
[[clause]]
place = "一"
quote = "市直部门核准公布的高级职称，由市人力资源社会保障局管理"
[[clause.manager]]
approved_by = ["city-department"]
grades = ["senior"]
basis = "stated"
manager = "city-hrss"
"""
