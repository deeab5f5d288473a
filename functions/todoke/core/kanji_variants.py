"""Letters of names and places that are written in two ways: 髙 and 高, 澤 and 沢.

Made by hand in November 2026, without the papers at hand (confidence: medium), after the letters in
brackets of 常用漢字表 (平成22年内閣告示第2号, いわゆる康熙字典体), the pairs of 戸籍法施行規則別表
第二, and the forms of family names for which systems of residents are known (髙 﨑 邉 濵 槗).
Compatibility ideographs (U+FA19 for 神) need no line: Unicode itself says what they are a form of.
A pair that is missing makes a match uncertain; a pair too many could make a wrong one. So nothing
stands in ``FORMS`` that is a letter of its own: 斉 and 斎 are two.
"""

from __future__ import annotations

from collections.abc import Mapping

#: the form of today, then how else the same letter is written
_FORMS = """
高髙 崎﨑嵜 辺邉邊 斉齊 斎齋 沢澤 浜濱濵 広廣 国國圀 島嶋嶌 富冨 吉𠮷 桧檜 曽曾 渕淵渊 竜龍 滝瀧
亀龜 真眞 実實 寿壽 栄榮 桜櫻 恵惠 徳德 万萬 来來 礼禮 弥彌 祢禰 与與 円圓 塩鹽 黒黑 緑綠 横橫
関關 県縣 応應 桑桒 橋槗𣘺 館舘 群羣 峰峯 秋穐龝 梅楳 杉杦 柳栁 柿柹 学學斈 覚覺 宝寶寳 芦蘆
蔵藏 増增
瀬瀨 頼賴 徴徵 槙槇 遥遙 尭堯 晋晉 粛肅 静靜 浄淨 清淸 青靑 緒緖 郎郞 毎每
戻戾 涙淚 歩步 渉涉 掲揭
黄黃 巻卷 圏圈 呉吳 娯娛 亜亞 悪惡 為爲 囲圍 医醫 壱壹 稲稻 隠隱 鋭銳 駅驛 悦悅 閲閱 謡謠 揺搖 艶艷
汚汙 奥奧 温溫 穏穩 仮假 価價 会會 絵繪 懐懷 壊壞 拡擴 殻殼 岳嶽 楽樂 巌巖 勧勸 寛寬 歓歡 観觀 陥陷
気氣 帰歸 既旣 犠犧 旧舊 拠據 挙擧 虚虛 峡峽 狭狹 挟挾 郷鄕 教敎 暁曉 区區 駆驅 勲勳 薫薰 径徑 茎莖
渓溪 経經 継繼 軽輕 鶏鷄雞 芸藝 撃擊 剣劍劔 研硏 倹儉 険險 検檢 献獻 権權 顕顯 験驗 厳嚴 効效 恒恆
鉱鑛 号號 剤劑 済濟 砕碎 歳歲 雑雜 桟棧 参參 惨慘 蚕蠶 賛贊 残殘 糸絲 児兒 辞辭 湿濕 舎舍 釈釋 収收
従從 渋澁 獣獸 縦縱 叙敍 将將 尚尙 焼燒 奨奬 条條 状狀 乗乘 壌壤 嬢孃 譲讓 醸釀 剰剩 畳疊 縄繩 触觸
嘱囑 寝寢 慎愼 尽盡 図圖 粋粹 酔醉 穂穗 随隨 髄髓 枢樞 数數 声聲 摂攝 窃竊 専專 戦戰 浅淺 潜潛 繊纖
銭錢 禅禪 双雙 壮壯 争爭 荘莊 捜搜 挿插 巣巢 総總 聡聰 装裝 騒騷 臓臟 即卽 属屬 続續 堕墮 対對 体體
帯帶 滞滯 台臺 択擇 脱脫 担擔 胆膽 団團 断斷 弾彈 遅遲 痴癡 虫蟲 昼晝 鋳鑄 庁廳 聴聽 勅敕 鎮鎭 逓遞
鉄鐵 点點 転轉 伝傳 灯燈 当當 党黨 盗盜 闘鬪 独獨 読讀 届屆 弐貳 悩惱 脳腦 廃廢 拝拜 売賣 麦麥 発發
髪髮 抜拔 蛮蠻 秘祕 仏佛 払拂 並竝 併倂 餅餠 瓶甁 変變 弁辨辯瓣 豊豐 褒襃 没沒 翻飜 満滿 黙默 薬藥
訳譯 予豫 余餘 誉譽 様樣 覧覽 両兩 涼凉 猟獵 塁壘 隷隸 霊靈 齢齡 恋戀 炉爐 労勞 楼樓 録錄 禄祿 湾灣
翠翆 萌萠 薮藪 籠篭 昂昻 厨廚 鴎鷗 祷禱 涛濤 頬頰 蝋蠟 繋繫 剥剝 掴摑 填塡 醤醬 蒋蔣 噛嚙 麹麴 穣穰
舟舩 兪俞 冴冱 喩喻 閒間 埜野 戸戶户 凛凜 祇祗
"""
#: letters of their own that people and systems confuse: never the same, always doubtful
_CONFUSED = """
斉斎 崎埼碕 太大 己巳已 祐裕佑 芳芬 徹撤 宜宣 末未 荻萩 昂昴 笹篠 堀掘 藤籐 治冶 稔念 柏栢 晃晄
遼遥 圭佳
"""


def _first(groups: str) -> Mapping[str, str]:
    return {letter: group[0] for group in groups.split() for letter in group}


#: letter -> its form of today
FORMS = _first(_FORMS)
#: letter -> the one that stands for all it is confused with
MISTAKEN = _first(_CONFUSED)
