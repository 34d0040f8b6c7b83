package media

import "strings"

// languages are the codes of ISO 639-1 with theirs of ISO 639-2: the one from
// the language's own name (T), and where it differs, the one from its English
// name (B).
const languages = `
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel
bg:bul bh:bih bi:bis bm:bam bn:ben bo:bod:tib br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre
cs:ces:cze cu:chu cv:chv cy:cym:wel da:dan de:deu:ger dv:div dz:dzo ee:ewe el:ell:gre en:eng eo:epo
es:spa et:est eu:eus:baq fa:fas:per ff:ful fi:fin fj:fij fo:fao fr:fra:fre fy:fry ga:gle gd:gla
gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat hu:hun hy:hye:arm hz:her
ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl:ice it:ita iu:iku ja:jpn jv:jav ka:kat:geo
kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir
la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri:mao mk:mkd:mac
ml:mal mn:mon mr:mar ms:msa:may mt:mlt my:mya:bur na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld:dut
nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus
pt:por qu:que rm:roh rn:run ro:ron:rum ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin
sk:slk:slo sl:slv sm:smo sn:sna so:som sq:sqi:alb sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam
te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig
uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho:chi
zu:zul
`

const letters = "abcdefghijklmnopqrstuvwxyz"

// Alpha3 is the code of ISO 639-2 for a language, the terminological one where
// there are two: "eng" for "en", "en-US" and "ENG", "fra" for "fr" and "fre".
// MP4 files want this form. A code that is not known is "und", unless it has
// the form of one: three letters.
func Alpha3(language string) string {
	code, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(language, "_", "-")), "-")
	if row := languageRow(code); row != nil {
		return row[1]
	}
	if len(code) == 3 && strings.Trim(code, letters) == "" {
		return code
	}
	return "und"
}

// languageRow is the codes of the language that has this one; nil when none has.
func languageRow(code string) []string {
	const between = " \n:"
	if len(code) < 2 || strings.Trim(code, letters) != "" {
		return nil
	}
	for from := 0; ; {
		at := strings.Index(languages[from:], code)
		if at < 0 {
			return nil
		}
		at += from
		from = at + len(code)
		if !strings.ContainsAny(languages[at-1:at], between) || !strings.ContainsAny(languages[from:from+1], between) {
			continue
		}
		begin := strings.LastIndexAny(languages[:at], " \n") + 1
		end := from + strings.IndexAny(languages[from:], " \n")
		return strings.Split(languages[begin:end], ":")
	}
}

// SameLanguage reports whether two codes name one language in one region: "en",
// "eng" and "EN" do, "en" and "en-GB" do not. "" is the same as "und".
func SameLanguage(a, b string) bool { return canonical(a) == canonical(b) }

// canonical is a code with its language as ISO 639-2 has it; codes that are not
// known stay as they are, in small letters.
func canonical(language string) string {
	code, region, hasRegion := strings.Cut(strings.ToLower(strings.ReplaceAll(strings.TrimSpace(language), "_", "-")),
		"-")
	if known := Alpha3(code); known != "und" {
		code = known
	}
	if code == "" {
		code = "und"
	}
	if hasRegion {
		code += "-" + region
	}
	return code
}
